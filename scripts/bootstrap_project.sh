#!/usr/bin/env bash
# Prepares a Google Cloud project for EROS, once: what Terraform needs before it can begin, and nothing it can do itself.
#
# State bucket (versioned, uniform access, soft delete); the APIs Terraform starts from; the Data Transfer agent; the
# deployer and planner accounts with their roles (docs/security.md lists them); workload identity federation for GitHub.
# No keys. Repeatable: it looks first and changes only what is missing, so that a second run changes nothing.
#
# Run by a person who owns the project, reviewed by another: first with --dry-run, which changes nothing and prints
# every command that would.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/bootstrap_project.sh --project ID --bucket NAME --repository OWNER/REPO --environment dev|prod
                                    [--location US] [--dry-run]

  --project      Google Cloud project, as in environments/<env>.yaml
  --bucket       state bucket, as in environments/<env>.yaml (backend)
  --repository   the GitHub repository whose workflows may sign in
  --environment  the GitHub environment whose jobs may become the deployer
  --location     where the state bucket lies; default US
  --dry-run      look, print what would be changed, change nothing
TEXT
}

die() {
    echo "error: $1" >&2
    exit 1
}

project='' bucket='' repository='' environment='' location=US dry_run=''
while [ $# -gt 0 ]; do
    case $1 in
        --project | --bucket | --repository | --environment | --location)
            [ $# -ge 2 ] || die "$1 needs a value. See --help."
            declare "${1#--}=$2"
            shift 2
            ;;
        --dry-run) dry_run=yes && shift ;;
        -h | --help) usage && exit 0 ;;
        *) die "unknown option $1. See --help." ;;
    esac
done
[[ -n $project && -n $bucket && -n $repository && -n $environment ]] ||
    die "--project, --bucket, --repository and --environment are needed. See --help."
[[ $project =~ ^[a-z][a-z0-9-]{4,28}[a-z0-9]$ ]] || die "$project is no project id."
[[ $bucket =~ ^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$ ]] || die "$bucket is no bucket's name."
[[ $location =~ ^[A-Za-z0-9-]+$ ]] || die "$location is no location."
[[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || die "$repository is not OWNER/REPO."
[[ $environment =~ ^[a-z][a-z0-9-]*$ ]] || die "$environment is no environment's name."
command -v gcloud >/dev/null 2>&1 ||
    die "gcloud is not on PATH. Install the Google Cloud CLI (https://cloud.google.com/sdk/docs/install), then: gcloud auth login"

changes=0

# Run a command that changes something, or say that it would be run.
change() {
    changes=$((changes + 1))
    if [ -n "$dry_run" ]; then
        printf 'would run:'
        printf ' %q' "$@"
        printf '\n'
    else
        "$@"
    fi
}

# The project number is the proof that the project is there and may be seen.
number=$(gcloud projects describe "$project" '--format=value(projectNumber)') ||
    die "project $project cannot be read. Does it exist, and are you signed in (gcloud auth login)?"

# --- APIs -------------------------------------------------------------------------------------------------------------
# Terraform switches on the rest (eros/access.py); these it cannot do without.
missing_apis=()
enabled=$(gcloud services list --enabled "--project=$project" '--format=value(config.name)')
for api in bigquery bigquerydatatransfer cloudresourcemanager iam iamcredentials serviceusage storage sts; do
    grep -qx "$api.googleapis.com" <<<"$enabled" || missing_apis+=("$api.googleapis.com")
done
[ ${#missing_apis[@]} -eq 0 ] || change gcloud services enable "${missing_apis[@]}" "--project=$project"

# --- State bucket -----------------------------------------------------------------------------------------------------
# Versions are what a state is repaired from; soft delete is what a deleted bucket comes back from.
soft_delete_days=30
if described=$(gcloud storage buckets describe "gs://$bucket" --format=json 2>/dev/null); then
    described=$(tr -d ' \n' <<<"$described")
    updates=()
    grep -q '"versioning_enabled":true' <<<"$described" || updates+=(--versioning)
    grep -q '"uniform_bucket_level_access":true' <<<"$described" || updates+=(--uniform-bucket-level-access)
    grep -q '"public_access_prevention":"enforced"' <<<"$described" || updates+=(--public-access-prevention)
    grep -q "\"retentionDurationSeconds\":\"$((soft_delete_days * 86400))\"" <<<"$described" ||
        updates+=("--soft-delete-duration=${soft_delete_days}d")
    [ ${#updates[@]} -eq 0 ] || change gcloud storage buckets update "gs://$bucket" "${updates[@]}"
else
    change gcloud storage buckets create "gs://$bucket" "--project=$project" "--location=$location" \
        --uniform-bucket-level-access --public-access-prevention "--soft-delete-duration=${soft_delete_days}d"
    change gcloud storage buckets update "gs://$bucket" --versioning
fi

# --- Accounts and the planner's role ----------------------------------------------------------------------------------
deployer="eros-deployer@$project.iam.gserviceaccount.com"
planner="eros-planner@$project.iam.gserviceaccount.com"

account() { # name, display name
    gcloud iam service-accounts describe "$1@$project.iam.gserviceaccount.com" "--project=$project" \
        '--format=value(email)' >/dev/null 2>&1 ||
        change gcloud iam service-accounts create "$1" "--project=$project" "--display-name=$2"
}
account eros-deployer "EROS deployer (GitHub, after approval)"
account eros-planner "EROS planner (GitHub, reads only)"

# What a plan's refresh and `eros drift` read. No right to read a table's rows or to start a query.
plan_reader=erosPlanReader
plan_reader_permissions=$(sort <<'TEXT' | paste -sd, -
bigquery.datasets.get
bigquery.datasets.getIamPolicy
bigquery.routines.get
bigquery.routines.list
bigquery.tables.get
bigquery.tables.getIamPolicy
bigquery.tables.list
bigquery.transfers.get
iam.roles.get
iam.serviceAccounts.get
iam.serviceAccounts.getIamPolicy
logging.logMetrics.get
monitoring.alertPolicies.get
monitoring.dashboards.get
monitoring.notificationChannels.get
resourcemanager.projects.get
resourcemanager.projects.getIamPolicy
serviceusage.services.get
serviceusage.services.list
TEXT
)
if held=$(gcloud iam roles describe "$plan_reader" "--project=$project" '--format=value(includedPermissions)' 2>/dev/null); then
    held=$(tr ';' '\n' <<<"$held" | sort | paste -sd, -)
    [ "$held" = "$plan_reader_permissions" ] ||
        change gcloud iam roles update "$plan_reader" "--project=$project" "--permissions=$plan_reader_permissions" --quiet
else
    change gcloud iam roles create "$plan_reader" "--project=$project" "--title=EROS plan reader" \
        "--permissions=$plan_reader_permissions" --stage=GA --quiet
fi

# --- Data Transfer agent ----------------------------------------------------------------------------------------------
# It comes into being with the API's first use, which would be too late for the grant in the plan. A member that is not
# there cannot hold a role, so its role shows that it is there.
policy=$(gcloud projects get-iam-policy "$project" '--flatten=bindings[].members' \
    '--format=csv[no-heading,separator=" "](bindings.role,bindings.members)')

project_role() { # member, role, [--condition-from-file=FILE]
    if ! grep -qxF "$2 $1" <<<"$policy"; then
        change gcloud projects add-iam-policy-binding "$project" "--member=$1" "--role=$2" \
            "${3:---condition=None}" '--format=none'
        # The file goes when the script ends; who reviews the dry run has to see what it says.
        [ -z "$dry_run" ] || [ -z "${3:-}" ] || sed 's/^/    /' "${3#*=}"
    fi
}
agent="serviceAccount:service-$number@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
agent_role=roles/bigquerydatatransfer.serviceAgent
if ! grep -qxF "$agent_role $agent" <<<"$policy"; then
    change gcloud beta services identity create --service=bigquerydatatransfer.googleapis.com "--project=$project"
    project_role "$agent" "$agent_role"
fi

# --- Roles ------------------------------------------------------------------------------------------------------------
for role in roles/bigquery.admin roles/iam.roleAdmin roles/iam.serviceAccountAdmin roles/iam.serviceAccountUser \
    roles/logging.configWriter roles/monitoring.editor roles/serviceusage.serviceUsageAdmin; do
    project_role "serviceAccount:$deployer" "$role"
done
# The one project role the plan grants is jobUser; the condition keeps the deployer from granting any other.
condition=$(mktemp)
trap 'rm -f "$condition"' EXIT
cat >"$condition" <<'TEXT'
title: grants-job-user-alone
description: The EROS plan grants roles/bigquery.jobUser on the project and no other role.
expression: api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/bigquery.jobUser'])
TEXT
project_role "serviceAccount:$deployer" roles/resourcemanager.projectIamAdmin "--condition-from-file=$condition"
project_role "serviceAccount:$planner" "projects/$project/roles/$plan_reader"

bucket_policy=$(gcloud storage buckets get-iam-policy "gs://$bucket" '--flatten=bindings[].members' \
    '--format=csv[no-heading,separator=" "](bindings.role,bindings.members)' 2>/dev/null || true)
bucket_role() { # member, role
    grep -qxF "$2 $1" <<<"$bucket_policy" ||
        change gcloud storage buckets add-iam-policy-binding "gs://$bucket" "--member=$1" "--role=$2" '--format=none'
}
bucket_role "serviceAccount:$deployer" roles/storage.objectUser
bucket_role "serviceAccount:$planner" roles/storage.objectViewer

# --- Workload identity federation -------------------------------------------------------------------------------------
pool=eros-github provider=github
gcloud iam workload-identity-pools describe "$pool" "--project=$project" --location=global '--format=value(name)' \
    >/dev/null 2>&1 ||
    change gcloud iam workload-identity-pools create "$pool" "--project=$project" --location=global \
        "--display-name=EROS GitHub workflows"
gcloud iam workload-identity-pools providers describe "$provider" "--project=$project" --location=global \
    "--workload-identity-pool=$pool" '--format=value(name)' >/dev/null 2>&1 ||
    change gcloud iam workload-identity-pools providers create-oidc "$provider" "--project=$project" --location=global \
        "--workload-identity-pool=$pool" --issuer-uri=https://token.actions.githubusercontent.com \
        '--attribute-mapping=google.subject=assertion.sub,attribute.repository=assertion.repository' \
        "--attribute-condition=assertion.repository == '$repository'"

identity() { # account, member
    local held
    held=$(gcloud iam service-accounts get-iam-policy "$1" "--project=$project" '--flatten=bindings[].members' \
        '--format=csv[no-heading,separator=" "](bindings.role,bindings.members)' 2>/dev/null || true)
    grep -qxF "roles/iam.workloadIdentityUser $2" <<<"$held" ||
        change gcloud iam service-accounts add-iam-policy-binding "$1" "--project=$project" "--member=$2" \
            --role=roles/iam.workloadIdentityUser '--format=none'
}
principals="iam.googleapis.com/projects/$number/locations/global/workloadIdentityPools/$pool"
# The deployer: jobs of that one GitHub environment. The planner: any workflow of the repository; forks get no token.
identity "$deployer" "principal://$principals/subject/repo:$repository:environment:$environment"
identity "$planner" "principalSet://$principals/attribute.repository/$repository"

if [ -n "$dry_run" ]; then
    echo "$changes changes to make in $project; nothing was changed."
else
    echo "$changes changes made in $project. Its number, for environments/$environment.yaml: $number"
fi
