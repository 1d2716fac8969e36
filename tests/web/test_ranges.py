"""Parts of stored files, as RFC 9110 has them."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from apps.web.services.ranges import streamed

CONTENT = bytes(range(100))


def ask(method="get", **headers):
    request = getattr(RequestFactory(), method)("/", headers={name.replace("_", "-"): v for name, v in headers.items()})
    return streamed(
        request,
        chunks=lambda start, stop: (CONTENT[at : at + 1] for at in range(start, stop)),
        size=len(CONTENT),
        tag="abc",
        content_type="application/pdf",
        file_name="Füchse & Co.pdf",
        as_attachment=True,
    )


def body(answer):
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=90-", 90, 100),
        ("bytes=90-5000", 90, 100),
        ("bytes=-7", 93, 100),
        ("bytes=-5000", 0, 100),
        (" bytes=99-99 ", 99, 100),
    ],
)
def test_part_that_is_asked_for_is_given(asked, start, stop):
    answer = ask(Range=asked)

    assert (answer.status_code, body(answer)) == (206, CONTENT[start:stop])
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/100"
    assert answer["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "asked", ["", "bytes=", "bytes=-", "bytes=9-3", "bytes=1-2,5-6", "lines=1-2", "bytes=a-b", "bytes=١-٢", "bytes=" + "9" * 40 + "-"]
)  # fmt: skip
def test_what_is_no_single_range_gives_the_whole(asked):
    answer = ask(Range=asked)

    assert (answer.status_code, body(answer)) == (200, CONTENT)
    assert (answer["Accept-Ranges"], answer["Content-Length"]) == ("bytes", "100")


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_part_beyond_the_end_is_refused_with_the_size(asked):
    answer = ask(Range=asked)

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */100")


def test_part_of_another_content_is_not_mixed_in():
    assert body(ask(Range="bytes=0-4", If_Range='"older"')) == CONTENT
    assert body(ask(Range="bytes=0-4", If_Range='"abc"')) == CONTENT[:5]


def test_who_has_it_is_not_sent_it_again():
    answer = ask(If_None_Match='"abc"')

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", '"abc"')


def test_head_tells_and_sends_nothing():
    answer = ask("head", Range="bytes=0-4")

    assert (answer.status_code, answer["Content-Length"], body(answer)) == (206, "5", b"")


def test_name_is_given_in_every_alphabet():
    assert "filename*=utf-8''F%C3%BCchse" in ask()["Content-Disposition"]
