"""Idempotency keys under competition: requests that meet, on the running platform."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tests.documents import files
from tests.platform.running import Api


def test_requests_with_one_key_that_meet_do_the_work_once(demo_platform):
    api = Api(demo_platform)
    edge, pdf = "----fo-key", files.pdf("Words that are uploaded five times at the same moment.")
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="once.pdf"\r\n\r\n'
    body = head.encode() + pdf + f"\r\n--{edge}--\r\n".encode()

    def upload(_):
        request = urllib.request.Request(
            demo_platform.url("/api/v1/documents"),
            data=body,
            headers={
                "Authorization": f"Bearer {api._token}",
                "Content-Type": f"multipart/form-data; boundary={edge}",
                "Idempotency-Key": "five-at-once",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers.get("Idempotency-Replayed"), json.loads(response.read())["id"]

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(upload, range(5)))

    assert {status for status, _, _ in answers} == {201}
    assert [replayed for _, replayed, _ in answers].count(None) == 1
    assert len({document for _, _, document in answers}) == 1
