"""The three kinds of script, as text: build it all, verify it, take it away. One statement's syntax: ddl.py."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from eros.bundle.ddl import create, drop, literal
from eros.model import Environment, Query
from eros.model.sqltext import blank_literals
from eros.state import Resource

INFRASTRUCTURE = "PRODUCTION_INFRASTRUCTURE.sql"
VERIFICATION = "verify_production_infrastructure.sql"

_WRAPPER = textwrap.TextWrapper(100, break_long_words=False, break_on_hyphens=False)
_AS_IT_IS = "    "


def infrastructure(environment: Environment, resources: Sequence[Resource], schedules: Sequence[Resource]) -> str:
    """The script that builds the datasets, tables, routines and views, and fills the calendar.

    Args:
        environment: whose plan it is.
        resources: the objects of the warehouse stack, each after what it needs.
        schedules: the scheduled queries, which stand in the script as comments.
    """
    return "\n\n".join(
        [
            _comment(
                f"EROS in {_name(environment)}: everything BigQuery can be told in SQL, generated from the plan.",
                _command(environment, INFRASTRUCTURE),
                "It can be run again: datasets and tables that exist stay as they are, with every row, and views and"
                " routines are replaced. It does not mend a table that has other columns; eros drift names those.",
                f"Afterwards: {VERIFICATION}, then the scheduled queries at the end of this file.",
            ),
            *(create(resource) for resource in resources),
            _comment("What the verification expects to be filled."),
            f"CALL `{environment.project}.{environment.dataset}.refresh_holiday_calendar`();",
            _comment(
                "Scheduled queries can't be created in SQL. In the console (Scheduled queries) create the following,"
                f" in {environment.location}, times in UTC, without a destination."
            ),
            *(_schedule(schedule) for schedule in schedules),
        ]
    ) + "\n"  # fmt: skip


def verification(environment: Environment, tests: Sequence[Query]) -> str:
    """The script that runs every test and shows one table; it fails if a test does.

    A test whose subject is missing cannot even be compiled, so each stands in a block that makes its error its result.
    """
    return "\n\n".join(
        [
            _comment(
                f"The {len(tests)} verification tests of EROS in {_name(environment)}.",
                _command(environment, VERIFICATION),
                "Shows one row a test, and ends with an error if one failed. It changes nothing.",
            ),
            "CREATE OR REPLACE TEMP TABLE verification_results"
            " (test_id STRING, category STRING, name STRING, status STRING, detail STRING);",
            *(_test(environment, test) for test in tests),
            _VERDICT.format(tests=",\n".join(f"    ({_identity(test)})" for test in tests)),
        ]
    ) + "\n"  # fmt: skip


def rollback(environment: Environment, remove: Sequence[Resource], purpose: str, file: str) -> str:
    """The script that drops objects, in the given order, after a snapshot of every table among them.

    Args:
        environment: whose objects they are.
        remove: what to drop. A scheduled query can't be dropped in SQL and is named in the opening comment.
        purpose: its first sentence.
        file: its name.
    """
    schedules = [r.name for r in remove if r.kind == "schedule"]
    tables = [r.name for r in remove if r.kind == "table"]
    opening = [f"{purpose} Dataset: {_name(environment)}.", _command(environment, file)]
    if schedules:
        opening.append(f"First delete the scheduled queries, or they go on failing: {'; '.join(schedules)}.")
    if tables:
        opening.append(f"Every table is kept in a snapshot in {environment.backup_dataset} before anything is dropped.")
    opening.append(
        "It can be run again: what is gone already is skipped. No dataset and no external object is touched."
    )
    snapshots = [_snapshots(environment, tables)] if tables else []
    drops = "\n".join(drop(resource) for resource in remove if resource.kind != "schedule")
    return "\n\n".join([_comment(*opening), *snapshots, drops]) + "\n"


_VERDICT = """\
CREATE OR REPLACE TEMP TABLE verification_verdict AS
SELECT
  place,
  t.test_id,
  t.category,
  t.name,
  IFNULL(r.status, 'FAIL') AS status,
  IFNULL(r.detail, 'the test gave no row') AS detail
FROM
  UNNEST(ARRAY<STRUCT<test_id STRING, category STRING, name STRING>>[
{tests}
  ]) AS t WITH OFFSET AS place
LEFT JOIN verification_results AS r ON r.test_id = t.test_id;

SELECT test_id, category, name, status, detail FROM verification_verdict ORDER BY place;

IF EXISTS (SELECT 1 FROM verification_verdict WHERE status != 'PASS') THEN
  RAISE USING MESSAGE = (
    SELECT CONCAT('verification failed: ', STRING_AGG(CONCAT(test_id, ' ', detail), '; ' ORDER BY place))
    FROM verification_verdict
    WHERE status != 'PASS'
  );
END IF;"""


def _test(environment: Environment, test: Query) -> str:
    """One test as a block. Its last statement is the SELECT; what stands before that, if anything, prepares it."""
    text = environment.rewrite(test.sql).strip().removesuffix(";")
    cut = blank_literals(text).rfind(";") + 1
    lines = [
        "BEGIN",
        text[:cut],
        "  INSERT INTO verification_results (test_id, category, name, status, detail)",
        "  SELECT test_id, category, name, status, detail",
        "  FROM (",
        text[cut:].strip("\n"),
        "  );",
        "EXCEPTION WHEN ERROR THEN",
        "  INSERT INTO verification_results (test_id, category, name, status, detail)",
        f"  VALUES ({_identity(test)}, 'FAIL', @@error.message);",
        "END;",
    ]
    return "\n".join(line for line in lines if line)


def _identity(test: Query) -> str:
    """Its test_id, category and name, as literals."""
    return ", ".join(literal(text) for text in (test.id, test.category, test.name.replace("_", " ")))


def _snapshots(environment: Environment, tables: Sequence[str]) -> str:
    """A snapshot of every table that is there, named as `eros backup create` names them."""
    source = f"{environment.project}.{environment.dataset}"
    names = ", ".join(literal(name) for name in tables)
    return (
        f"FOR v_table IN (\n"
        f"  SELECT\n"
        f"    table_name,\n"
        f"    FORMAT_TIMESTAMP('%Y%m%d_%H%M%S', CURRENT_TIMESTAMP(), 'America/Los_Angeles') AS stamp\n"
        f"  FROM `{source}.INFORMATION_SCHEMA.TABLES`\n"
        f"  WHERE table_type = 'BASE TABLE' AND table_name IN ({names})\n"
        f") DO\n"
        f"  EXECUTE IMMEDIATE FORMAT(\n"
        f"    'CREATE SNAPSHOT TABLE `{environment.project}.{environment.backup_dataset}.%s_%s` CLONE `{source}.%s`',\n"
        f"    v_table.table_name, v_table.stamp, v_table.table_name\n"
        f"  );\n"
        f"END FOR;"
    )


def _schedule(resource: Resource) -> str:
    rest = resource.rest
    start = (rest.get("scheduleOptions") or {}).get("startTime")
    account = rest.get("serviceAccountName")
    head = f"{resource.name}: {rest['schedule']}" + (f", from {start}" if start else "")
    head += f", as {account}" if account else ""
    return f"{_comment(head)}\n{textwrap.indent(rest['params']['query'], '--     ', lambda line: True)}"


def _command(environment: Environment, file: str) -> str:
    bq = f"bq --project_id={environment.project} --location={environment.location}"
    return f"{_AS_IT_IS}{bq} query --use_legacy_sql=false < {file}"


def _comment(*paragraphs: str) -> str:
    """Each paragraph as comment lines, wrapped unless it starts with four blanks, as a command does."""
    lines = [line for p in paragraphs for line in ([p] if p.startswith(_AS_IT_IS) else _WRAPPER.wrap(p))]
    return "\n".join(f"-- {line}" for line in lines)


def _name(environment: Environment) -> str:
    return f"{environment.project}.{environment.dataset}"
