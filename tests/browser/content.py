"""Entries as authors write them: one with everything in it, and one that would burst a narrow page."""

from __future__ import annotations

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
COLUMNS = 24

EVERYTHING = """\
A good column of text has **forty-five to seventy-five** characters a line, an *even* colour, and room to breathe.
Whatever is [linked](https://example.org/measure) is underlined, so that nobody needs to see its colour.

## On lists

1. First comes what is said,
2. then how it is set:
   - in one face,
   - in few sizes.
3. What is ~~superfluous~~ goes.

### Quoting

> Typography exists to honour content.
>
> It is there to be read.

## On code

The function `measure()` counts:

```python
def measure(line: str) -> int:
    \"\"\"How many characters a line has, without those at its end that nobody sees, however long this one may be.\"\"\"
    return len(line.rstrip())
```

## On tables

| Face | Designer | Year |
| --- | --- | ---: |
| Charter | Matthew Carter | 1987 |
| Palatino | Hermann Zapf | 1949 |

---

That is all.
"""

NASTY = f"""\
{WORD} and https://example.org/{"a/very/long/path/" * 12}

## {WORD}

`{"inline_code_" * 20}`

```
{"unbroken" * 60}
```

> {WORD}
> > > > {WORD}

- {WORD}
  - one
    - two
      - three
        - {WORD}

|{"|".join(f"column {number}" for number in range(COLUMNS))}|
|{"---|" * COLUMNS}
|{"|".join(f"{number * 1000000}" for number in range(COLUMNS))}|

[{WORD}](https://example.org/)
"""
