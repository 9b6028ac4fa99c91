"""``python -m tests.fuzz FOLDER SECONDS SEED``: look for metadata that the generator cannot take.

Coverage-guided, by atheris (libFuzzer); ``SEED`` 0 is another one each time.  Inputs are kept in
``FOLDER/corpus``.  What failed is kept as ``FOLDER/crash-…``, the process ends with its traceback,
and ``python -m tests.fuzz FILE`` runs it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["zohohub_gen"]):
    from tests.fuzz.target import run
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import write_seeds


def main() -> None:
    """Fuzz, or run one input again."""
    if len(sys.argv) == 2:
        print(run(Path(sys.argv[1]).read_bytes()))
        return
    folder, seconds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    write_seeds(folder / "seeds")
    (folder / "corpus").mkdir(exist_ok=True)
    options = [
        *(f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=60000", "-timeout=60"),
        *(f"-artifact_prefix={folder}/", "-print_final_stats=1", "-rss_limit_mb=4096"),
        *("-len_control=0", str(folder / "corpus"), str(folder / "seeds")),
    ]
    atheris.Setup([sys.argv[0], *options], run, custom_mutator=mutated)
    atheris.Fuzz()


main()
