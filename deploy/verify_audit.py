"""Check an exported audit without Umthi: python3 verify_audit.py FILE [HASH of a seal that was noted elsewhere]

Exit status: 0 all is as it was sealed, 1 something is wrong (the first of each kind is named), 2 the file cannot be read."""

import json
import sys
from hashlib import sha256
from itertools import chain


def check(lines: chain[str], noted: str = "") -> tuple[dict[str, str], str]:
    """Return the first fault of each kind, and what there is in the lines of an export; the last line says that it is."""
    log, seals, events, erased, due, gone = (first := json.loads(next(lines)))["stream"], 0, 0, 0, "", ""
    faults, before, place, seal, expected, event, kept = {}, "00" * 32, [0, 0], {}, {}, [0, 0, 0], {}
    dumps, parts = json.JSONEncoder(separators=(",", ":")).encode, ("number", "from", "until", "at", "events", "previous")
    for line in lines:
        told = json.loads(text := line.rstrip("\n"))
        for name in kept if isinstance(told, list) or "value" not in told else ():  # the event before has no more values
            faults.setdefault("no value", f"event {event[1]} of {event[2]}: the value of {name} is missing")
        if isinstance(told, list):  # an event, exactly as it was hashed
            event, events, wanted = told, events + 1, expected.pop(told[1], None)
            if wanted != sha256(text.encode()).hexdigest()[:32]:
                faults.setdefault(kind := ("edited", "inserted")[wanted is None], f"event {event[1]} of {event[2]} was {kind}")
            kept = {n if w == "is" else f"{n}:{w}": of for n, sides in event[11].items() for w, of in sides.items()}
            due = "" if (event[5], event[9]) == ("audit.expire", due) else due
        elif "value" in told:
            field, value, salt, certificate = told["value"]
            wanted, erased = kept.pop(field, None), erased + (value is None and certificate is not None)
            is_same = wanted == sha256(f"{salt}\0{field}\0{value}".encode()).hexdigest()
            if wanted is None or (not is_same and (value is not None or not certificate)):
                faults.setdefault("value", f"event {event[1]} of {event[2]}: {field} was edited or emptied")
        elif "checkpoint" in told and not seals:  # what was older is gone, and an event that is left has to say so
            number, seals, place, at, before, removed = (signed := told["checkpoint"])[:6]
            due = f"{log}/{number}/{sha256(dumps(['umthi audit checkpoint 1', log, *signed]).encode()).hexdigest()}"
            noted, gone = "" if before == noted else noted, f", {removed} removed by retention until {at}, checkpoint {number}"
        else:  # a seal, or the end
            for seq in expected:
                faults.setdefault("removed", f"event {seq} of seal {seal['number']} was removed")
            kept, expected = {}, {}
            if seal := told.get("seal", {}):
                text = f"{dumps(['umthi audit seal 1', log, *map(seal.get, parts)])}\n{','.join(map(str, seal['seqs']))}\n"
                if sha256(text.encode() + bytes.fromhex(seal["digests"])).hexdigest() != seal["hash"]:
                    faults.setdefault("seal", f"seal {seal['number']} was edited")
                if (seal["number"], seal["previous"], seal["from"]) != (seals := seals + 1, before, place):
                    faults.setdefault("chain", f"seal {seal['number']} does not follow the one before it")
                before, place, noted = seal["hash"], seal["until"], "" if seal["hash"] == noted else noted
                expected = {seq: seal["digests"][32 * n : 32 * n + 32] for n, seq in enumerate(seal["seqs"])}
    faults |= {"checkpoint": f"no event announces the checkpoint {due}: it is forged"} if due else {}
    if noted or (seals, before) != (first["seals"], first["head"]):
        faults["cut"] = f"seal {noted or first['seals']} is not in the chain: its end was cut off, or replaced"
    return faults, f"{log}: {events} events in {seals} seals, {erased} values erased, last seal {before}{gone}"


if __name__ == "__main__":
    try:
        found, summary = check(chain(open(sys.argv[1], encoding="utf-8"), ['{"end": true}']), *sys.argv[2:3])  # noqa: PTH123, SIM115
    except (OSError, ValueError, LookupError, TypeError) as error:
        found, summary = None, f"cannot read the export: {error!r}"
    print(summary, *(found or {}).values(), sep="\n")  # noqa: T201
    sys.exit(2 if found is None else bool(found))
