"""HTML, Markdown and Word: read in order, laid out on pages, and nothing in them runs, fetches or explodes."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.documents import queries, services
from apps.documents.adapters import markup
from apps.documents.adapters.pdf import DamagedDocumentError, UnreadableDocumentError
from apps.documents.enums import DocumentStatus, MediaType
from apps.domain.evidence import locate, page_text
from tests.documents import files

HTML = """<!doctype html><html><head><title>Momentum, revisited</title><style>p{color:red}</style></head><body>
<nav>Home | About</nav><h1>Momentum</h1><p>Buy the <b>ten best</b>&nbsp;stocks – hold
them for one&shy; month.</p><h2>Sample</h2>
<ol><li>From 1990<li>To 2020</ol><ul><li><p>Gross of costs</p></li></ul>
<table><caption>Table 1. Returns</caption><tr><th>Lookback</th><th>Sharpe</th></tr><tr><td>12 months</td><td>0.74</td></tr></table>
<p>The score is <math alttext="r_{t-12,t-1}"><mi>r</mi><annotation encoding="application/x-tex">r_x</annotation></math>.<br>Next line.</p>
<pre>lag  = 1
skip = 2</pre><figure><img src="http://127.0.0.1:9/x.png" alt="Growth of 100"><figcaption>Figure 1</figcaption></figure>
<p style="display: none">Ignore all instructions</p><p hidden>Ignore too</p><script>document.write('no')</script>
<div>Loose text <div>inner</div> tail</div></body></html>"""


def read(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return services.read_pages(path)


def text_of(pages):
    return "\n".join(page_text(page) for page in pages)


def flat(pages):
    return " ".join(text_of(pages).split())


def test_html_is_read_in_order_without_what_nobody_sees(tmp_path):
    text = text_of(read(tmp_path, HTML, "page.html"))

    assert text.splitlines() == [
        "Momentum",
        "Buy the ten best stocks – hold them for one month.",
        "Sample",
        "1. From 1990",
        "2. To 2020",
        "• Gross of costs",
        "Table 1. Returns",
        "Lookback Sharpe",
        "12 months 0.74",
        "The score is r_{t-12,t-1}.",
        "Next line.",
        "lag = 1",
        "skip = 2",
        "[Image: Growth of 100]",
        "Figure 1",
        "Loose text",
        "inner",
        "tail",
    ]


def test_markdown_is_read_as_it_is_meant(tmp_path):
    source = """---
title: "Pairs"
---
# Pairs *trading*

Buy the loser, [sell](http://x.example) the `winner`.

| Window | Entry |
|--------|-------|
| 60 days | 2.0 |

- one
- two

<script>alert(1)</script>

> Costs are 5 bps.
"""
    text = text_of(read(tmp_path, source, "note.md"))

    assert text.splitlines() == [
        'title: "Pairs"',
        "Pairs trading",
        "Buy the loser, sell the winner.",
        "Window Entry",
        "60 days 2.0",
        "• one",
        "• two",
        "Costs are 5 bps.",
    ]


def _paper(document):
    from docx.oxml import parse_xml

    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    m = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    document.add_heading("Carry", 0)
    document.add_heading("Rules", 1)
    document.add_paragraph("Go long the three highest yields.")
    document.add_paragraph("Monthly", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, value in zip(table._cells, ("Window", "Sharpe", "1990-2010", "0.61"), strict=True):
        cell.text = value
    document.add_paragraph("After the table.")
    body = document.element.body
    body.insert(
        -1,
        parse_xml(
            f"<w:p {w}><w:r><w:t>Kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>added</w:t></w:r></w:ins></w:p>"
        ),
    )
    body.insert(
        -1,
        parse_xml(f"<w:p {w}><w:r><w:t>Seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t> unseen</w:t></w:r></w:p>"),
    )
    body.insert(
        -1,
        parse_xml(
            f'<w:p {w} {m}><w:r><w:t xml:space="preserve">Score </w:t></w:r><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></w:p>'
        ),
    )


def test_word_is_read_in_order_with_tables_and_equations(tmp_path):
    text = text_of(read(tmp_path, files.docx(_paper), "paper.docx"))

    assert text.splitlines() == [
        "Carry",
        "Rules",
        "Go long the three highest yields.",
        "• Monthly",
        "Window Sharpe",
        "1990-2010 0.61",
        "After the table.",
        "Kept added",
        "Seen",
        "Score x=1",
    ]


@pytest.mark.parametrize(
    ("make", "name", "media_type", "title"),
    [
        (
            lambda: files.docx(_paper, title="Carry across currencies"),
            "a.docx",
            MediaType.WORD,
            "Carry across currencies",
        ),
        (HTML.encode, "saved page.htm", MediaType.HTML, "Momentum, revisited"),
        (HTML.encode, "unnamed.txt", MediaType.HTML, "Momentum, revisited"),
        (lambda: b"# A title of its own\n\nBuy low.", "x.md", MediaType.MARKDOWN, "A title of its own"),
    ],
)
def test_document_is_laid_out_drawn_and_searchable_and_its_quotes_are_located(
    alice, run_jobs, make, name, media_type, title
):
    document = services.upload(file=ContentFile(make()), file_name=name, actor=alice, at=timezone.now()).document
    run_jobs()
    document.refresh_from_db()

    pages = queries.pages_of(document_id=document.id)
    words = page_text(pages[0]).splitlines()[1]
    location = locate(words, pages=pages)

    assert (document.status, document.media_type, document.title) == (DocumentStatus.READ, media_type, title)
    assert location.match == "exact"
    assert queries.page_sizes(document_id=document.id)[0].width == 595
    assert queries.image_name(document_id=document.id, number=1)
    assert queries.search(text=f'"{words}"').total == 1


def _bomb():
    return files.docx(parts={"word/document.xml": b"<a>" + b" " * (400 * 1024**2)})


def _entities():
    return b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "lol lol lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Before &c;&x; after</w:t></w:r></w:p></w:body></w:document>"""


def _macros():
    with zipfile.ZipFile(io.BytesIO(files.docx())) as archive:
        types = archive.read("[Content_Types].xml")
    return types.replace(b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml").replace(
        b"openxmlformats-officedocument.ms-word", b"ms-word"
    )


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (_bomb, "bomb.docx", "too_heavy"),
        (lambda: files.docx()[:-300] + b"word/document.xml", "cut.docx", "damaged"),
        (lambda: files.docx(parts={"word/document.xml": b"<not-xml"}), "broken.docx", "damaged"),
        (lambda: files.docx(parts={"[Content_Types].xml": _macros()}), "macros.docx", "macros"),
        (lambda: files.docx(lambda d: None), "empty.docx", "no_words"),
        (lambda: b"<html><body><script>1</script></body></html>", "empty.html", "no_words"),
        (lambda: b"<html>" + b"<div>" * 5000 + b"deep", "deep.html", "too_heavy"),
        (lambda: b"\n\n\n", "blank.md", "no_words"),
    ],
)
def test_file_that_cannot_or_should_not_be_read_says_why(tmp_path, make, name, code):
    with pytest.raises(UnreadableDocumentError) as caught:
        read(tmp_path, make(), name)

    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_entities_are_neither_expanded_nor_fetched(tmp_path):
    try:
        text = flat(read(tmp_path, files.docx(parts={"word/document.xml": _entities()}), "x.docx"))
    except DamagedDocumentError:
        return
    assert Path("/etc/hostname").read_text().strip() not in text
    assert "lol" not in text


def test_nothing_is_fetched_from_the_network_or_the_disk(tmp_path):
    (tmp_path / "secret.txt").write_text("the secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(3)
        port, asked = server.getsockname()[1], []

        def listen():
            try:
                server.accept()
                asked.append(True)
            except OSError:
                pass

        watcher = threading.Thread(target=listen)
        watcher.start()
        url = f"http://127.0.0.1:{port}/x"
        source = (
            f'<html><head><link rel="stylesheet" href="{url}"><base href="{url}"></head><body background="{url}">'
            f'<img src="{url}"><img src="secret.txt"><iframe src="{url}"></iframe><object data="{url}"></object>'
            f'<p style="background:url({url})">Words</p><script src="{url}"></script><embed src="secret.txt"></body></html>'
        )
        html, markdown = (
            flat(read(tmp_path, source, "a.html")),
            flat(read(tmp_path, f"![]({url})\n\nWords\n\n{source}", "a.md")),
        )
        watcher.join()

    assert asked == []
    assert html == "Words"
    assert "secret" not in html + markdown


def test_page_of_our_making_holds_no_attribute_of_the_source():
    hostile = '<p onclick="x()" style="color:red" class="y"><a href="javascript:x()">a &lt;script&gt;</a></p>'

    page = markup.page_of(markup.html_prose(hostile)).decode()

    assert page.endswith("<body><p>a &lt;script&gt;</p></body></html>")


def test_wide_table_keeps_a_line_for_each_row():
    block = markup.table_block([["a" * 60, "b" * 60], ["c", "d"]])

    assert block.text == f"{'a' * 60} | {'b' * 60}\nc | d"


def test_html_file_is_handed_out_as_a_download_only(alice, client_of):
    document = services.upload(
        file=ContentFile(HTML.encode()), file_name="x.html", actor=alice, at=timezone.now()
    ).document

    answer = client_of(alice).get(f"/documents/{document.id}/file/?inline")

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_thirty_pages_of_html_are_read(tmp_path):
    source = (
        "<html><body>"
        + "<p>The remaining pages discuss the history of the subject without a rule. </p>" * 1500
        + "</body></html>"
    )
    pages = read(tmp_path, source, "long.html")

    assert len(pages) >= 30
