"""Write the golden files anew: ``python -m tests.golden.update``, in the checkout.

Whoever does so says why in the changelog, under **Changed results**.
"""

from __future__ import annotations

import json

from tests.golden.records import FOLDER, SHIFTS, file_of, lives, shift


def main() -> None:
    """Write one file a shift, and one with the lives of the parts."""
    records = {file_of(name): shift(name) for name in SHIFTS} | {"lives": lives()}
    for name, record in records.items():
        text = json.dumps(record, indent=1, ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
