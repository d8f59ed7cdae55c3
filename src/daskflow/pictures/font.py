"""Letters as strokes, for pictures that are drawn without any font at hand.

A stroke is a chain of points, each as two digits: half units to the right, 0 to 8, and
units down, where capitals reach from 0 to 6 and small letters from 2, and 8 is the
lowest. `~` rounds the corners of a chain, `@` those of a closed one.
"""

from __future__ import annotations

from functools import cache

Stroke = tuple[tuple[float, float], ...]

HEIGHT = 6.0
"""Units that a capital is high."""

BOWL = "@2262737566261513"
ROUND = "@1070818576160501"

GLYPHS = {
    "A": "064086 1474",
    "B": "0600 ~005080835303 ~035383865606",
    "C": "~8170100105167685",
    "D": "0600 ~00508083865606",
    "E": "80000686 0363",
    "F": "800006 0363",
    "G": "~817010010516768583 5383",
    "H": "0006 8086 0383",
    "I": "2060 4046 2666",
    "J": "~7075661605",
    "K": "0006 8004 2386",
    "L": "000686",
    "M": "0600438086",
    "N": "06008680",
    "O": ROUND,
    "P": "0600 ~005080835303",
    "Q": f"{ROUND} 5487",
    "R": "0600 ~005080835303 4386",
    "S": "~817010010213738485761605",
    "T": "0080 4046",
    "U": "~000516768580",
    "V": "004680",
    "W": "0026426680",
    "X": "0086 8006",
    "Y": "004380 4346",
    "Z": "00800686",
    "a": f"{BOWL} 7276",
    "b": f"1016 {BOWL}",
    "c": "~7362221315266675",
    "d": f"{BOWL} 7076",
    "e": "~14747362221315266675",
    "f": "~70504146 2262",
    "g": f"{BOWL} ~7277682817",
    "h": "1016 ~1322627376",
    "i": "2242 4246 2666 4040",
    "j": "3252 ~5257482817 5050",
    "k": "1016 7214 4376",
    "l": "2040 4046 2666",
    "m": "0206 ~0312324346 ~4352728386",
    "n": "1216 ~1322627376",
    "o": BOWL,
    "p": f"1218 {BOWL}",
    "q": f"7278 {BOWL}",
    "r": "2226 ~24326273",
    "s": "~73622213246475662615",
    "t": "~3035466675 1262",
    "u": "~1215266675 7276",
    "v": "124672",
    "w": "0226436682",
    "x": "1276 7216",
    "y": "1246 724638",
    "z": "12721676",
    "0": f"{ROUND} 2462",
    "1": "124046 1676",
    "2": "~011070818206 0686",
    "3": "~01107081827333 ~33738485761605",
    "4": "66600484",
    "5": "700003 ~0312728385761605",
    "6": "~7030020516768584731304",
    "7": "008036",
    "8": "@1070818273130201 @1373848576160504",
    "9": "~1656848170100102137382",
    "_": "0787",
    ".": "4646",
    ",": "4637",
    "-": "1474",
    "/": "7017",
    "\\": "1077",
    "|": "4047",
    "[": "60303767",
    "]": "20505727",
    "(": "~60424567",
    ")": "~20424527",
    "<": "721476",
    ">": "127416",
    "=": "1373 1575",
    "+": "1474 4246",
    "*": "4145 2264 6224",
    "#": "3026 6056 1272 1474",
    "?": "~11206071724344 4646",
    "!": "4044 4646",
    ":": "4343 4646",
    ";": "4343 4637",
    "'": "4042",
    '"': "3032 5052",
    "~": "~14236574",
    "^": "224062",
    "%": "7016 2121 6565",
    "·": "4444",
    "µ": "1218 ~1215266675 7276",
    "…": "1616 4646 7676",
    " ": "",
}


@cache
def strokes_of(letter: str) -> tuple[Stroke, ...]:
    """The strokes of a letter, in units; an empty frame for one that is not here."""
    return tuple(_stroke(text) for text in GLYPHS.get(letter, "1070761610").split())


def _stroke(text: str) -> Stroke:
    digits = text.lstrip("~@")
    points: Stroke = tuple(
        (int(x) * 0.45 + 0.2, float(y))
        for x, y in zip(digits[::2], digits[1::2], strict=True)
    )
    is_closed = text[0] == "@"
    for _ in range(3 if text[0] in "~@" else 0):
        points = _rounded(points, is_closed)
    return (*points, points[0]) if is_closed else points


def _rounded(points: Stroke, is_closed: bool) -> Stroke:
    """The chain with its corners cut: G. Chaikin, "An algorithm for high-speed curve
    generation", Computer Graphics and Image Processing 3(4), 1974."""
    after = points[1:] + points[:1] if is_closed else points[1:]
    cut = [
        point
        for (x, y), (u, v) in zip(points, after, strict=False)
        for point in (
            (0.75 * x + 0.25 * u, 0.75 * y + 0.25 * v),
            (0.25 * x + 0.75 * u, 0.25 * y + 0.75 * v),
        )
    ]
    return tuple(cut) if is_closed else (points[0], *cut[1:-1], points[-1])
