"""One id follows a request through its event, its job and its log."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.events.models import Event
from apps.jobs.models import Job

ID = "0f7c1d2e-0000-4000-8000-00000000c0de"


def test_correlation_id_of_a_request_is_in_its_event_its_job_and_its_answer(alice, client_of, run_jobs):
    response = client_of(alice).post(
        "/api/v1/documents", {"file": SimpleUploadedFile("a.txt", b"words")}, headers={"X-Request-ID": ID}
    )

    assert response["X-Request-ID"] == ID
    assert set(Event.objects.filter(type="documents.stored").values_list("correlation_id", flat=True)) == {ID}
    assert set(Job.objects.values_list("correlation_id", flat=True)) == {ID}

    run_jobs()

    assert set(Event.objects.filter(type="documents.read").values_list("correlation_id", flat=True)) == {ID}


def test_error_of_the_api_carries_the_correlation_id(alice, client_of):
    response = client_of(alice).get(
        "/api/v1/documents/00000000-0000-4000-8000-000000000000", headers={"X-Request-ID": ID}
    )

    assert (response.status_code, response.json()["correlation_id"]) == (404, ID)
