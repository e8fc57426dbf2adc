"""Phonemizes lines as piper-tts does: piper_tables.py FOLDER LANGUAGE=FILE ... writes FOLDER/LANGUAGE.jsonl.

A language that is named more than once has the lines of all its files."""

import json
import sys
from pathlib import Path

from piper.phonemize_espeak import EspeakPhonemizer


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    phonemizer = EspeakPhonemizer()
    rows: dict[str, list[str]] = {}
    for argument in sys.argv[2:]:
        language, _, file = argument.partition("=")
        for text in Path(file).read_text(encoding="utf-8").splitlines():
            if text and not text.startswith("# "):
                row = {"text": text, "phonemes": phonemizer.phonemize(language, text)}
                rows.setdefault(language, []).append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    for language, table in rows.items():
        (folder / f"{language}.jsonl").write_text("\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
