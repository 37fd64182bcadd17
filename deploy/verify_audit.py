"""Check an exported audit without Umthi: python3 verify_audit.py FILE [HASH of a seal that was noted elsewhere]

Exit status: 0 all is as it was sealed, 1 something is wrong (the first of each kind is named), 2 the file cannot be read.
"""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain


def check(lines: Iterator[str], noted: str = "") -> tuple[dict[str, str], str]:
    """Return the first fault of each kind, and what there is in the lines of an export."""
    first, seals, events, erased, is_met = json.loads(next(lines)), 0, 0, 0, not noted
    faults, before, place, seal, expected, event, kept = {}, "00" * 32, [0, 0], {}, {}, [0, 0, 0], {}
    for line in chain(lines, ['{"end": true}']):
        told = json.loads(text := line.rstrip("\n"))
        if "value" not in told or isinstance(told, list):  # the event before has no more values
            for name in kept:
                faults.setdefault("no value", f"event {event[1]} of {event[2]}: the value of {name} is missing")
            kept = {}
        if isinstance(told, list):  # an event, exactly as it was hashed
            event, events, wanted = told, events + 1, expected.pop(told[1], None)
            if wanted != sha256(text.encode()).hexdigest()[:32]:
                kind = "inserted" if wanted is None else "edited"
                faults.setdefault(kind, f"event {event[1]} of {event[2]} was {kind}")
            kept = {n if w == "is" else f"{n}:{w}": of for n, parts in event[11].items() for w, of in parts.items()}
        elif "value" in told:
            field, value, salt, certificate = told["value"]
            wanted = kept.pop(field, None)
            erased += value is None and certificate is not None
            is_same = wanted == sha256(f"{salt}\0{field}\0{value}".encode()).hexdigest()
            if wanted is None or (not is_same and (value is not None or not certificate)):
                faults.setdefault("value", f"event {event[1]} of {event[2]}: {field} was edited or emptied")
        else:  # a seal, or the end
            for seq in expected:
                faults.setdefault("removed", f"event {seq} of seal {seal['number']} was removed")
            if seal := told.get("seal", {}):
                shared = [seal[name] for name in ("number", "from", "until", "at", "events", "previous")]
                header = json.dumps(["umthi audit seal 1", first["stream"], *shared], separators=(",", ":"))
                text = f"{header}\n{','.join(map(str, seal['seqs']))}\n"
                if sha256(text.encode() + bytes.fromhex(seal["digests"])).hexdigest() != seal["hash"]:
                    faults.setdefault("seal", f"seal {seal['number']} was edited")
                if (seal["number"], seal["previous"], seal["from"]) != (seals := seals + 1, before, place):
                    faults.setdefault("chain", f"seal {seal['number']} does not follow the one before it")
                before, place, is_met = seal["hash"], seal["until"], is_met or seal["hash"] == noted
                expected = {seq: seal["digests"][32 * n : 32 * n + 32] for n, seq in enumerate(seal["seqs"])}
    if not is_met or (seals, before) != (first["seals"], first["head"]):
        faults["cut"] = f"seal {noted if not is_met else first['seals']} is not in the chain: its end was cut off, or replaced"
    return faults, f"{first['stream']}: {events} events in {seals} seals, {erased} values erased, last seal {before}"


if __name__ == "__main__":
    try:
        found, summary = check(iter(open(sys.argv[1], encoding="utf-8")), *sys.argv[2:3])  # noqa: PTH123, SIM115
    except (OSError, ValueError, LookupError, TypeError) as error:
        found, summary = None, f"cannot read the export: {error!r}"
    print(summary, *(found or {}).values(), sep="\n")  # noqa: T201
    sys.exit(2 if found is None else bool(found))
