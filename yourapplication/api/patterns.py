"""Rules that are functions elsewhere, as regular expressions for the OpenAPI document (ECMA-262, and the same here)."""

from __future__ import annotations

from ..auth.forms import CONTROL

# No text in JSON holds surrogates, and with them a regular expression would refuse all that UTF-16 writes as pairs.
_CONTROL = CONTROL.pattern[1:-1].replace(r"\ud800-\udfff", "")
_SPACE = r" \t-\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # what str.strip() removes
TEXT = f"^[^{_CONTROL}]*[^{_CONTROL}{_SPACE}][^{_CONTROL}]*$"

# A moment that there is, 20261121T095940, and an entry's number.
_FOURS = "(0[48]|[2468][048]|[13579][26])"
_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_DAY = "((0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])|(0[469]|11)(0[1-9]|[12][0-9]|30)|02(0[1-9]|1[0-9]|2[0-8]))"
_LEAP_DAY = f"([0-9]{{2}}{_FOURS}|{_FOURS}00)0229"
_TIME = "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
PLACE = f"({_YEAR}{_DAY}|{_LEAP_DAY})T{_TIME}-[0-9]{{1,9}}"
