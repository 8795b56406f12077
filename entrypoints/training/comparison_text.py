"""A comparison in Markdown: tables a person reads in the terminal as well as on a page."""

from collections.abc import Iterable, Iterator, Sequence

from entrypoints.training.accuracy import Estimate
from entrypoints.training.comparison import Comparison, Measured
from lending.risk import Tier


def comparison_text(found: Comparison) -> str:
    """How well both cards tell apart, how true the learned card's odds are, and for whom."""
    return (
        "\n\n".join(["\n".join(lines) for lines in (_cards(found), _bins(found), _groups(found)) if lines])
        + "\n"
    )


def points_text(found: Comparison) -> str:
    """The learned card's bands, one fact a row, from the least to the most points between its ends."""
    card = found.card
    spread = {fact: [band.points for band in bands] for fact, bands in card.bands.items()}
    by_weight = sorted(spread, key=lambda fact: min(spread[fact]) - max(spread[fact]))
    rows = (
        (
            f"`{fact}`",
            ", ".join(
                f"{'below' if band.at_least is None else f'from {band.at_least}'} {band.points:+d}"
                for band in card.bands[fact]
            ),
        )
        for fact in by_weight
    )
    return "\n".join(_table(("Fact", "Points by band, more is riskier"), rows)) + "\n"


def _cards(found: Comparison) -> list[str]:
    if found.other is None:
        rows = [_card(found.learned, "learned")]
        note = ["", "The other card weighs none of the facts in these data: nothing to compare."]
    else:
        rows = [_card(found.learned, "learned"), _card(found.other, "compared with")]
        note = (
            ["", f"The learned card's AUC is higher by {_estimate(found.better_by)}."]
            if found.better_by
            else []
        )
    head = ("Card", "", "Facts it knows here", "AUC [95 %]", "Brier score", "Foreseen bad", "Turned out bad")
    return [*_table(head, ((*row, _share(found.bad_share)) for row in rows)), *note]


def _card(measured: Measured, role: str) -> tuple[str, ...]:
    return (
        f"`{measured.card}`",
        role,
        f"{len(measured.knows)} of {measured.weighs}",
        _estimate(measured.auc),
        f"{measured.brier:.4f}",
        _share(measured.mean_foreseen),
    )


def _bins(found: Comparison) -> list[str]:
    rows = (
        (str(one.rows), _share(one.foreseen), f"{_share(one.observed.value)} [{_shares(one.observed)}]")
        for one in found.learned.bins
    )
    bins = found.learned.bins
    outside = sum(not one.observed.low <= one.foreseen <= one.observed.high for one in bins)
    note = f"In {outside} of {len(bins)} bins the foreseen share lies outside the interval of what happened."
    return [*_table(("Rows held out", "Foreseen bad", "Turned out bad [95 %]"), rows), "", note]


def _groups(found: Comparison) -> list[str]:
    if not found.groups:
        return []
    rows = (
        (
            f"{group.column}: {group.value}",
            str(group.rows),
            _estimate(group.auc) if group.auc else "too few",
            _share(group.mean_foreseen),
            _share(group.bad_share),
            f"{group.mean_score:.0f}",
            " / ".join(f"{group.tiers[tier]:.0%}" for tier in Tier),
        )
        for group in found.groups
    )
    head = (
        "Group",
        "Rows",
        "AUC [95 %]",
        "Foreseen bad",
        "Turned out bad",
        "Mean score",
        "Low / medium / high",
    )
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return list(_lines([head, ["---"] * len(head), *rows]))


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _share(share: float) -> str:
    return f"{share:.1%}"


def _shares(estimate: Estimate) -> str:
    return f"{estimate.low:.1%}, {estimate.high:.1%}"
