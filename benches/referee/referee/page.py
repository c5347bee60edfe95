"""What the report page says of the verdict: the paired comparison and the rank correlations, as numbers."""

import html
import re


def number(text):
    """A number as the page prints it; its hyphens do not break."""
    return float(text.replace("\u2011", "-").replace("−", "-").rstrip("×"))


def unit(text):
    """Half a unit of the last digit that is printed, relative to the number."""
    digits = text.replace("\u2011", "-").rstrip("×").lower()
    mantissa, _, exponent = digits.partition("e")
    value = abs(float(digits))
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) / value if value else 1.0


def comparison(text):
    """Rows of the table "Paired comparison", as dictionaries."""
    table = next((t for t in re.findall(r"<table.*?</table>", text, re.S) if "<caption>Paired comparison" in t), None)
    rows = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table or "", re.S)[1:]:
        cells = [html.unescape(re.sub(r"<[^>]+>", "", c)).strip() for c in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
        optimizer, start, finding, pairs, ratio, interval, p, error, error_ratio, error_p = cells
        error_interval = re.match(r"(\S+) \((\S+) to (\S+)\)", error_ratio)
        rows.append(
            {
                "optimizer": optimizer,
                "init": start,
                "pairs": int(pairs),
                "hessian_trace": (ratio, interval.split(" to "), p, finding),
                "relative_error": (error_interval and (error_interval[1], [error_interval[k] for k in (2, 3)], error_p, error)),
            }
        )
    return rows


def correlations(text):
    """The numbers of the figure of sharpness measures, by name: those of each measure."""
    out = {}
    for values in re.findall(r'data-v="(measure=[^"]*)"', text):
        fields = dict(part.split("=", 1) for part in html.unescape(values).split(";"))
        name = fields.pop("measure")
        out[name] = {key: number(value) if value not in ("", "–", "-") else None for key, value in fields.items()}
    return out
