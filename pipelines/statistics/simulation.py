"""Simulated intervals of the measures whose variance has no closed form: bgsd, cov, mdm*, mdb*, mdr*, idis*.

The one inequality model that SQL cannot hold. Every subgroup's figure is drawn from the normal distribution around its
estimate with its standard error, cut off at 0 and scale (which is what drawing again outside them comes to); the
measure is made anew in each draw (mean and best subgroup too), and the interval is the draws' type-7 quantiles
(Hyndman & Fan 1996, The American Statistician 50, pp. 361-365) at 2.5 and 97.5 %, after the HEAT technical notes;
another tail where another level is asked for.

All comparisons share the same numbers between 0 and 1, subgroup by subgroup from the lowest figure to the highest. So a
comparison's interval depends on nothing but its own figures, the seed and the number of draws: not on which other
comparisons stand in the table, on the order of rows, on names, or on the number of processors; only the errors of
different comparisons go together. The numbers fill the space evenly (Richtmyer's sequence, multiples of the roots of
primes from a seeded random start; Niederreiter 1978, Bulletin of the AMS 84, pp. 957-1041): for 3 to 6 subgroups the
ends then lie about a third closer to the true ones than with independent numbers, for 290 no further away.

Not here: the measures' estimates (see `sql/measures/`), and nothing that reads a file or a connection.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import erfc, sqrt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray

DRAWS = 10_000
SEED = 2017  # the year in which Sweden's Commission for Equity in Health reported
# What to hand to `simulate`: the comparisons that can have a simulated interval at all, and no others.
MEMBERS_TO_DRAW = """
    select m.group_id, m.subgroup, m.estimate, m.se, m.population, m.is_reference, m.favourable, m.scale
    from measure.member m
    join measure.group_state g on g.group_id = m.group_id
    where g.has_se and g.n > 2 and g.refused is null and m.estimate is not null
"""
# Of a run's own tables: ten thousand draws around made-up figures would cost minutes and say nothing. Nor the spread
# between municipalities: their figures hold the noise already, and drawing around them would spread it twice. Between
# fifths of deprivation no measure is released whose interval would be simulated.
REAL_MEMBERS_TO_DRAW = f"""{MEMBERS_TO_DRAW}
    and m.group_id not in (
        select group_id from measure.comparison
        where synthetic or dimension in ('municipality', 'deprivation_quintile')
    )
"""
TAIL = 0.025  # outside a 95 % interval, at either end
_CHUNK = 32_768  # numbers per array and thread: ten such arrays are what a processor's own cache holds
_HELD = 4_194_304  # numbers that a thread holds at most: all subgroups' draws of the comparisons in hand, 32 MB
_THREADS = 2

_SCHEMA = pa.schema(
    [("group_id", pa.int64()), ("measure", pa.string()), ("ci_lower", pa.float64()), ("ci_upper", pa.float64())]
)


def simulate(members: pa.Table, draws: int = DRAWS, seed: int = SEED, tail: float = TAIL) -> pa.Table:
    """Intervals by simulation.

    `members`: one row per comparison and subgroup with group_id, subgroup, estimate, se, population, is_reference,
    favourable and scale, units as in `measure.member`; `MEMBERS_TO_DRAW` selects them. Returns group_id, measure,
    ci_lower, ci_upper, one row per comparison and measure, for comparisons of at least three subgroups that all have
    a standard error; others are left out. The ends are in the measure's own unit, `tail` of the draws beyond each; null
    where not every draw is a number.
    """
    columns = _columns(members)
    if columns is None:
        return pa.Table.from_batches([], _SCHEMA)
    numbers = _Numbers(draws, seed)
    found = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for size in np.unique(columns["size"]):
            batch = {name: each[columns["size"] == size].reshape(-1, size) for name, each in columns.items()}
            numbers.prepare(int(size))
            found += list(pool.map(lambda part: _intervals(part, numbers, tail), _chunks(batch, draws)))
    return pa.concat_tables(found).sort_by([("group_id", "ascending"), ("measure", "ascending")])


def _columns(members: pa.Table) -> dict[str, Array] | None:
    """The rows that can be drawn, sorted by comparison and figure, as arrays; None where there are none."""
    kept = members.filter(pc.is_valid(members["estimate"]))
    order = ("group_id", "estimate", "se", "population", "is_reference")
    kept = kept.sort_by([(name, "ascending") for name in order])
    if kept.num_rows == 0:
        return None
    number = _array(kept["group_id"].cast(pa.int64()))
    figures = {
        name: _array(kept[name].cast(pa.float64()))
        for name in ("estimate", "se", "population", "scale", "favourable", "is_reference")
    }
    figures["is_reference"] = figures["is_reference"] == 1
    _, start, inverse, size = np.unique(number, return_index=True, return_inverse=True, return_counts=True)
    bad = ~np.isfinite(figures["se"]) | (figures["se"] < 0) | ~np.isfinite(figures["estimate"])
    bad |= (figures["estimate"] < 0) & ~np.isnan(figures["scale"])
    bad |= figures["estimate"] > np.where(np.isnan(figures["scale"]), np.inf, figures["scale"])
    usable = (np.add.reduceat(bad, start) == 0) & (size > 2)
    if not usable.any():
        return None
    row = usable[inverse]
    return {"group_id": number[row], "size": size[inverse][row], **{name: each[row] for name, each in figures.items()}}


def _array(column: pa.ChunkedArray) -> Array:
    """A column of eight-byte numbers as it lies in memory, null as not-a-number. Arrow's own conversion would import
    pandas, a second's wait for whoever asks for a table of two hundred rows."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
    kind = np.int64 if pa.types.is_integer(whole.type) else np.float64
    known, held = whole.buffers()
    part = slice(whole.offset, whole.offset + len(whole))
    values = np.frombuffer(held, dtype=kind)[part]
    if not whole.null_count:
        return values
    valid = np.unpackbits(np.frombuffer(known, dtype=np.uint8), bitorder="little")[part].astype(bool)
    return np.where(valid, values, np.nan)


def _column(values: Array) -> pa.Array:
    """The way back, for the same reason."""
    kind = pa.int64() if values.dtype == np.int64 else pa.float64()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _words(word: str, times: int) -> pa.Array:
    """One word, repeated; for the same reason."""
    text = word.encode()
    ends = np.arange(times + 1, dtype=np.int32) * len(text)
    return pa.Array.from_buffers(pa.string(), times, [None, pa.py_buffer(ends), pa.py_buffer(text * times)])


def _chunks(batch: dict[str, Array], draws: int) -> Iterator[dict[str, Array]]:
    step = max(1, min(_CHUNK // draws, _HELD // (draws * batch["estimate"].shape[1])))
    for first in range(0, len(batch["group_id"]), step):
        yield {name: each[first : first + step] for name, each in batch.items()}


class _Numbers:
    """The numbers all comparisons share, subgroups × draws: evenly spread over 0…1, and as normal quantiles."""

    def __init__(self, draws: int, seed: int) -> None:
        self.draws, self.seed = draws, seed
        self.even: list[Array] = []
        self.normal: list[Array] = []

    def prepare(self, size: int) -> None:
        """Makes the numbers of at least `size` subgroups. A subgroup's are the same whatever the size."""
        for place, prime in enumerate(_primes(size)):
            if place == len(self.even):
                start = np.random.default_rng([self.seed, place]).random()
                even = np.clip((start + np.arange(1, self.draws + 1) * np.sqrt(prime)) % 1.0, 1e-12, 1 - 1e-12)
                self.even.append(even)
                self.normal.append(_quantile(even))


def _primes(number: int) -> list[int]:
    """The first `number` primes."""
    found: list[int] = []
    candidate = 2
    while len(found) < number:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _polynomial(x: Array, *coefficients: float) -> Array:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value


def _quantile(p: Array) -> Array:
    """Quantiles of the normal distribution, right to seven digits: Wichura (1988), Applied Statistics 37, AS 241."""
    middle = p - 0.5
    r = 0.180625 - middle * middle
    found = middle * _polynomial(r, 59.109374720, 159.29113202, 50.434271938, 3.3871327179)
    found /= _polynomial(r, 67.187563600, 78.757757664, 17.895169469, 1.0)
    far = np.abs(middle) > 0.425
    if far.any():
        r = np.sqrt(-np.log(np.minimum(p[far], 1 - p[far])))
        near, beyond = r - 1.6, r - 5
        tail = np.where(
            r <= 5,
            _polynomial(near, 0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777)
            / _polynomial(near, 0.12021132975, 0.73700164250, 1.0),
            _polynomial(beyond, 0.017337203997, 0.42868294337, 3.0812263860, 6.6579051150)
            / _polynomial(beyond, 0.012258202635, 0.24197894225, 1.0),
        )
        found[far] = np.copysign(tail, middle[far])
    return found


def _probability(z: Array) -> Array:
    """The normal distribution function."""
    return np.array([0.5 * erfc(-each / sqrt(2)) for each in z.tolist()])


def _drawn(part: dict[str, Array], place: int, numbers: _Numbers) -> Array:
    """The draws of one subgroup, comparisons × draws, inside 0…scale."""
    centre, spread, top = part["estimate"][:, place], part["se"][:, place], part["scale"][:, place]
    normal = numbers.normal[place]
    drawn = centre[:, None] + spread[:, None] * normal
    low, high = centre + spread * normal.min(), centre + spread * normal.max()
    cut = np.flatnonzero(~np.isnan(top) & ((low < 0) | (high > np.where(np.isnan(top), np.inf, top))))
    if len(cut):
        middle, width, end = centre[cut], spread[cut], top[cut]
        under, over = _probability(-middle / width), _probability((end - middle) / width)
        inside = under[:, None] + (over - under)[:, None] * numbers.even[place]
        figures = middle[:, None] + width[:, None] * _quantile(np.clip(inside, 1e-300, 1 - 1e-16))
        drawn[cut] = np.clip(figures, 0, end[:, None])
    return drawn


@np.errstate(invalid="ignore", divide="ignore", over="ignore")  # what is no number is found when the draws are ordered
def _intervals(part: dict[str, Array], numbers: _Numbers, tail: float) -> pa.Table:
    """Every simulated measure of some comparisons of the same number of subgroups."""
    size = part["estimate"].shape[1]
    weight = part["population"]
    with np.errstate(invalid="ignore", divide="ignore"):
        total = weight.sum(axis=1, keepdims=True)
        share = np.where((weight.min(axis=1, keepdims=True) >= 0) & (total > 0), weight / total, np.nan)[:, :, None]
    drawn = [_drawn(part, place, numbers) for place in range(size)]
    mean = sum(share[:, place] * drawn[place] for place in range(size))
    plain = sum(drawn) / size
    favourable = part["favourable"][:, :1]
    found: dict[str, tuple[Array, Array]] = {}
    every = np.ones(len(favourable), dtype=bool)
    spread, apart, weighted = np.zeros_like(mean), np.zeros_like(mean), np.zeros_like(mean)
    for place in range(size):
        off = np.abs(drawn[place] - mean)
        apart += off
        off_weighted = share[:, place] * off
        weighted += off_weighted
        off_weighted *= off
        spread += off_weighted
    apart /= size
    np.sqrt(spread, out=spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        found["bgsd"], found["cov"] = (every, spread), (every, 100 * spread / mean)
        found["mdmu"], found["mdmw"] = (every, apart), (every, weighted)
        found["idisu"], found["idisw"] = (every, 100 * apart / mean), (every, 100 * weighted / mean)
    if not np.isnan(favourable).all():
        # every subgroup lies on one side of the best, so the mean difference is the best's difference from the mean
        best = np.where(favourable == 1, np.maximum.reduce(drawn), np.minimum.reduce(drawn))
        known = ~np.isnan(favourable[:, 0])
        found["mdbu"], found["mdbw"] = (known, np.abs(best - plain)), (known, np.abs(best - mean))
    named = part["is_reference"].sum(axis=1) == 1
    if named.any():
        row = np.arange(len(named))
        reference = np.stack(drawn)[part["is_reference"].argmax(axis=1), row]
        even = sum(np.abs(each - reference) for each in drawn) / size
        by_share = sum(share[:, place] * np.abs(drawn[place] - reference) for place in range(size))
        found["mdru"], found["mdrw"] = (named, even), (named, by_share)
    return _table(part["group_id"][:, 0], found, tail)


def _table(number: Array, found: dict[str, tuple[Array, Array]], tail: float) -> pa.Table:
    """Quantiles of each measure's draws, as rows; a measure that cannot be made (no draw is a number) has none.

    Draws that are no number have no place in an order, and numpy would take them for the largest: where there are any,
    among others that are, the row is there without ends, so that whoever reads it can say why.
    """
    pieces = []
    for measure, (wanted, values) in found.items():
        lower, upper, numbers = _quantiles(values, tail)
        kept = wanted & ~np.isnan(lower)
        whole = (numbers & np.isfinite(lower) & np.isfinite(upper))[kept]
        ends = [_column(np.where(whole, each[kept], np.nan)) for each in (lower, upper)]
        pieces.append(
            pa.table(
                [
                    _column(number[kept]),
                    _words(measure, int(kept.sum())),
                    *(each if whole.all() else pc.if_else(pc.is_nan(each), None, each) for each in ends),
                ],
                schema=_SCHEMA,
            )
        )
    return pa.concat_tables(pieces)


def _quantiles(values: Array, tail: float) -> tuple[Array, Array, Array]:
    """The points of each row with `tail` of it beyond, type 7, and whether it holds numbers only.

    Orders `values` in place, as far as needed.

    One place at a time, the upper first: numpy then uses the processor's wide registers, which it does not for several
    places at once (0.7 instead of 2.4 ms for 13 rows of 10,000).
    """
    last, bound, ends = values.shape[1] - 1, values.shape[1], []
    numbers = np.ones(len(values), dtype=bool)
    for place in ((1 - tail) * last, tail * last):
        under, over = int(place), min(last, int(place) + 1)
        if over < bound:  # the smaller ones lie before `bound`
            values[:, :bound].partition(over, axis=1)
        if bound == values.shape[1]:  # what is no number now lies last
            numbers = ~np.isnan(values[:, over:]).any(axis=1)
        above = values[:, over]
        below = values[:, :over].max(axis=1) if over > under else above
        ends.append(below + (place - under) * (above - below))
        bound = over
    return ends[1], ends[0], numbers
