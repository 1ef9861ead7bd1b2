"""A `gcloud` that keeps one project in a JSON file: the calls of scripts/bootstrap_project.sh, and no others."""

import json
import os
import pathlib
import sys

store = pathlib.Path(os.environ["STORE"])
s = json.loads(store.read_text())
a = [w for w in sys.argv[1:] if not w.startswith("-")]
o = dict(w.lstrip("-").partition("=")[::2] for w in sys.argv[1:] if w.startswith("-"))
if s["denied"] and s["denied"] in " ".join(a):
    sys.exit("ERROR: (gcloud) PERMISSION_DENIED")
s["calls"].append(sys.argv[1:])
if {"create", "create-oidc", "update", "enable", "add-iam-policy-binding"} & set(a):
    s["writes"].append(sys.argv[1:])
store.write_text(json.dumps(s))  # also of a call it then refuses


def found(where, key, shown):
    if key not in s[where]:
        store.write_text(json.dumps(s))
        sys.exit("ERROR: NOT_FOUND")
    print(shown(s[where][key]))


def rows(policy):
    for role, member in policy:
        print(role, member)


match a:
    case ["projects", "describe", project]:
        print(s["number"])
    case ["projects", "get-iam-policy", project]:
        rows(s["policy"])
    case ["projects", "add-iam-policy-binding", project]:
        s["policy"].append([o["role"], o["member"]])
        if "condition-from-file" in o:
            s["conditions"][o["role"]] = pathlib.Path(o["condition-from-file"]).read_text()
    case ["services", "list"]:
        print("\n".join(s["apis"]))
    case ["services", "enable", *apis]:
        s["apis"] += apis
    case ["storage", "buckets", "describe", url]:
        found("buckets", url, lambda b: json.dumps(b, indent=2))
    case ["storage", "buckets", "create", url]:
        s["buckets"][url] = {"location": o["location"]}
        s["buckets"][url] |= {"uniform_bucket_level_access": "uniform-bucket-level-access" in o}
        s["buckets"][url] |= {"public_access_prevention": "enforced"} if "public-access-prevention" in o else {}
        days = int(o["soft-delete-duration"].rstrip("d"))
        s["buckets"][url]["soft_delete_policy"] = {"retentionDurationSeconds": str(days * 86400)}
    case ["storage", "buckets", "update", url]:
        b = s["buckets"][url]
        if "versioning" in o:
            b["versioning_enabled"] = True
        if "uniform-bucket-level-access" in o:
            b["uniform_bucket_level_access"] = True
        if "public-access-prevention" in o:
            b["public_access_prevention"] = "enforced"
        if "soft-delete-duration" in o:
            days = int(o["soft-delete-duration"].rstrip("d"))
            b["soft_delete_policy"] = {"retentionDurationSeconds": str(days * 86400)}
    case ["storage", "buckets", "get-iam-policy", url]:
        rows(s["bucket_policy"])
    case ["storage", "buckets", "add-iam-policy-binding", url]:
        s["bucket_policy"].append([o["role"], o["member"]])
    case ["iam", "service-accounts", "describe", email]:
        found("accounts", email, lambda x: email)
    case ["iam", "service-accounts", "create", name]:
        s["accounts"][f"{name}@{o['project']}.iam.gserviceaccount.com"] = []
    case ["iam", "service-accounts", "get-iam-policy", email]:
        rows(s["accounts"].get(email, []))
    case ["iam", "service-accounts", "add-iam-policy-binding", email]:
        s["accounts"][email].append([o["role"], o["member"]])
    case ["iam", "roles", "describe", role]:
        found("roles", role, lambda r: ";".join(r))
    case ["iam", "roles", ("create" | "update"), role]:
        s["roles"][role] = o["permissions"].split(",")
    case ["beta", "services", "identity", "create"]:
        s["agents"].append(o["service"])
    case ["iam", "workload-identity-pools", "describe", pool]:
        found("pools", pool, lambda x: pool)
    case ["iam", "workload-identity-pools", "create", pool]:
        s["pools"][pool] = {}
    case ["iam", "workload-identity-pools", "providers", "describe", name]:
        found("providers", name, lambda x: name)
    case ["iam", "workload-identity-pools", "providers", "create-oidc", name]:
        s["providers"][name] = o
    case _:
        sys.exit(f"unexpected: {sys.argv[1:]}")
store.write_text(json.dumps(s))
