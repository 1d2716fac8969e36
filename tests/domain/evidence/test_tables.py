"""Cells of a table from the places of its words."""

from __future__ import annotations

from apps.domain.evidence import Word, table_rows


def cells(*rows):
    """Words from (x, text) pairs, a row every 12 points; a letter is 5 points wide."""
    return [
        Word(text, x, 12 * n, x + 5 * len(text), 12 * n + 10, n * 10 + i)
        for n, row in enumerate(rows)
        for i, (x, text) in enumerate(row)
    ]


def test_cells_are_told_by_gaps_and_columns_by_what_stands_below_each_other():
    words = cells(
        [(0, "Measure"), (100, "Strategy"), (180, "S&P"), (198, "500")],
        [(0, "Sharpe"), (33, "ratio"), (110, "0.97"), (190, "0.54")],
        [(0, "Win"), (18, "rate"), (110, "47%")],
    )

    assert table_rows(words) == [
        ["Measure", "Strategy", "S&P 500"],
        ["Sharpe ratio", "0.97", "0.54"],
        ["Win rate", "47%", ""],
    ]


def test_heading_over_several_columns_stands_in_the_first_of_them():
    words = cells(
        [(90, "Annual"), (123, "figures"), (161, "of"), (174, "both")],
        [(0, "Return"), (100, "11.4%"), (180, "8.5%")],
        [(0, "Risk"), (100, "11.8%"), (180, "15.2%")],
    )

    assert table_rows(words)[0] == ["", "Annual figures of both", ""]


def test_table_without_words_has_no_rows():
    assert table_rows([]) == []
    assert table_rows([Word(" ", 0, 0, 5, 5, 0)]) == []


def test_words_of_no_size_or_on_top_of_each_other_break_nothing():
    words = [Word("a", 0, 0, 0, 0, 0), Word("b", 0, 0, 0, 0, 1), Word("c", -5, 0, 400, 1, 2)]

    assert sorted(" ".join(cell for row in table_rows(words) for cell in row).split()) == ["a", "b", "c"]
