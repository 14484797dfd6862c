"""How long things take: log-normal, from a table of integers.

A shape names the sigma of the distribution. The table has, in thousandths of the median, the
quantiles in the middles of 256 equal parts: exp(sigma * z(p)). It is data and not computed where
it is used, since `exp` may differ by platform; the lower half is the upper one turned round.
"""

from typing import Final, Literal, TypeAlias

from tenantry.updater.rules.draw import Draw

Shape: TypeAlias = Literal["steady", "wide"]

SIGMAS: Final[dict[Shape, float]] = {"steady": 0.5, "wide": 0.8}
"""What the shapes stand for; of 100 values of a steady one 68 lie within 0.6 and 1.65 medians."""

_UPPER: Final[dict[Shape, str]] = {
    "steady": """
    1002 1007 1012 1017 1022 1027 1032 1037 1043 1048 1053 1058 1063 1069 1074 1079 1085 1090 1095
    1101 1106 1112 1117 1123 1129 1134 1140 1146 1152 1158 1164 1170 1176 1182 1188 1194 1200 1207
    1213 1220 1226 1233 1239 1246 1253 1259 1266 1273 1280 1287 1295 1302 1309 1317 1324 1332 1340
    1348 1355 1364 1372 1380 1388 1397 1405 1414 1423 1432 1441 1450 1460 1469 1479 1489 1499 1510
    1520 1531 1542 1553 1564 1575 1587 1599 1612 1624 1637 1650 1664 1678 1692 1706 1721 1737 1753
    1769 1786 1803 1821 1840 1859 1879 1900 1922 1944 1968 1992 2018 2046 2074 2104 2137 2171 2207
    2247 2289 2335 2386 2442 2504 2574 2656 2751 2867 3014 3214 3526 4233
    """,
    "wide": """
    1004 1012 1020 1028 1036 1044 1052 1061 1069 1077 1086 1094 1103 1112 1121 1130 1139 1148 1157
    1166 1175 1185 1194 1204 1214 1224 1234 1244 1254 1264 1275 1285 1296 1306 1317 1328 1339 1351
    1362 1374 1385 1397 1409 1422 1434 1446 1459 1472 1485 1498 1512 1525 1539 1553 1567 1582 1597
    1612 1627 1642 1658 1674 1690 1707 1724 1741 1758 1776 1794 1813 1832 1851 1871 1891 1912 1933
    1954 1976 1999 2022 2045 2069 2094 2120 2146 2173 2200 2229 2258 2288 2319 2351 2385 2419 2454
    2491 2529 2569 2610 2653 2697 2744 2793 2844 2897 2954 3013 3076 3143 3213 3289 3369 3456 3550
    3651 3762 3884 4020 4171 4343 4540 4771 5049 5394 5843 6477 7511 10059
    """,
}
_STEPS: Final = 1024
"""Between two quantiles, so that not everything takes one of a few times."""


def _whole(shape: Shape) -> tuple[int, ...]:
    upper = [int(word) for word in _UPPER[shape].split()]
    return (*((1_000_000 + value // 2) // value for value in reversed(upper)), *upper)


QUANTILES: Final[dict[Shape, tuple[int, ...]]] = {shape: _whole(shape) for shape in SIGMAS}
"""In thousandths of the median, from the shortest to the longest."""


def dwell_seconds(draw: Draw, median_seconds: int, shape: Shape = "wide") -> int:
    """Return a duration whose median is the given one, in whole seconds."""
    quantiles = QUANTILES[shape]
    index, step = divmod(draw.below((len(quantiles) - 1) * _STEPS + 1), _STEPS)
    value = quantiles[index] * _STEPS
    if step:
        value += (quantiles[index + 1] - quantiles[index]) * step
    return median_seconds * value // (1000 * _STEPS)
