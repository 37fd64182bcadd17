"""`make bench`: every figure, or those that `ONLY` names; a table, and `bench/latest.json` below UMTHI_HOME."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

from bench.figure import Figure, is_full

#: what a figure's name begins with -> the module whose `measure()` gives it
MODULES = {
    "page.list": "bench.page_list",
    "api.list": "bench.api_list",
    "page.flat": "bench.page_flat",
    "page.weight": "bench.page_weight",
    "tenancy": "bench.tenancy_cost",
    "work.kill": "bench.work_kill",
    "console.flat": "bench.console_flat",
    "console.page": "bench.console_page",
    "deliver.email": "bench.deliver_email",
    "deliver.push": "bench.deliver_push",
    "deliver.f": "bench.deliver_fair",
    "deliver.faults": "bench.deliver_faults",
    "onboard.crash": "bench.onboard_crash",
    "onboard.race": "bench.onboard_race",
    "register.save": "bench.register_save",
    "suspend.reach": "bench.suspend_reach",
    "revoke": "bench.revoke",
    "import.rows": "bench.import_rows",
    "import.hostile": "bench.import_hostile",
    "gate.scan": "bench.gate_scan",
    "gate.offline": "bench.gate_offline",
    "people.search": "bench.people_search",
    "billable.month": "bench.billable_month",
    "export.csv": "bench.export_csv",
    "audit.append": "bench.audit_append",
    "audit.verify": "bench.audit_verify",
    "export.round": "bench.export_round",
    "signin.time": "bench.signin_time",
    "ledger.sums": "bench.ledger_sums",
    "invoice.numbers": "bench.invoice_numbers",
    "renew.month": "bench.renew_month",
    "invoices.page": "bench.invoices_page",
    "webhook.storm": "bench.webhook_storm",
    "webhook.forged": "bench.webhook_forged",
    "site.page": "bench.site_page",
    "site.edit": "bench.site_edit",
    "lead.bots": "bench.lead_bots",
    "lead.burst": "bench.lead_burst",
}
RUN = "import importlib, json, sys; print('\\n' + json.dumps(importlib.import_module(sys.argv[1]).measure()))"


def main() -> int:
    """Measure, print, write. Returns 0 when every goal is met, 1 when not, 2 when a benchmark could not run."""
    only = os.environ.get("ONLY", "")
    chosen = {name: module for name, module in MODULES.items() if only.startswith(name) or name.startswith(only)}
    if not chosen:
        print(f"ONLY={only} names none of {', '.join(MODULES)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name, module in chosen.items():
        print(f"  … {name}", file=sys.stderr, flush=True)
        run = subprocess.run([sys.executable, "-c", RUN, module], stdout=subprocess.PIPE, text=True, check=False)
        if run.returncode:
            print(f"{name} could not run", file=sys.stderr)
            return 2
        figures += [f for f in json.loads(run.stdout.splitlines()[-1]) if f["name"].startswith(only)]
    print(table(figures))
    write(figures)
    return 0 if all(f["met"] for f in figures) else 1


def table(figures: list[Figure]) -> str:
    """The figures as Markdown, for people and for docs/performance.md."""
    lines = ["| figure | value | goal | met | against | detail |", "|---|---|---|---|---|---|"]
    for f in figures:
        goal = f"{'≤' if f['better'] == 'lower' else '≥'} {f['goal']:g}"
        unit = "" if f["unit"] == "ratio" else f" {f['unit']}"
        lines.append(
            f"| `{f['name']}` | {f['value']:g}{unit} | {goal} | {'yes' if f['met'] else '**no**'} | {f['against']} | {f['detail']} |"
        )
    return "\n".join(lines)


def write(figures: list[Figure]) -> None:
    """Leave the figures where the contract says."""
    home = Path(os.environ.get("UMTHI_HOME") or "instance") / "bench"
    home.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    result = {
        "commit": commit,
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "scale": "full" if is_full() else "reduced",
        "figures": figures,
    }
    (home / "latest.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
