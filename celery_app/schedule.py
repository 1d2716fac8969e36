"""Which queue each task goes to, and what beat sends."""

TASK_QUEUES = {
    "events.deliver": "default",
    "events.sweep": "default",
    "jobs.recover": "default",
    "documents.purge": "default",
    "documents.forget_uploads": "default",
    "jobs.run": "default",  # overridden at each send by the job's own queue
    "jobs.heartbeat": "default",
    "strategies.poll_batches": "extraction",  # it asks the model's service, which may be slow
    "notifications.dispatch": "outbound",
    "notifications.deliver_hook": "outbound",
    "notifications.sweep": "default",
    "notifications.forget": "default",
    "web.forget_answers": "default",
}

BEAT = {
    "sweep-deliveries": {"task": "events.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "purge-documents": {"task": "documents.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-uploads": {"task": "documents.forget_uploads", "schedule": 3600.0, "options": {"expires": 3600}},
    "sweep-outbound": {"task": "notifications.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "forget-notices": {"task": "notifications.forget", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-answers": {"task": "web.forget_answers", "schedule": 3600.0, "options": {"expires": 3600}},
    "recover-jobs": {"task": "jobs.recover", "schedule": 4.0, "options": {"expires": 4}},
    "poll-batches": {"task": "strategies.poll_batches", "schedule": 60.0, "options": {"expires": 60}},
    "worker-heartbeat": {"task": "jobs.heartbeat", "schedule": 5.0, "options": {"expires": 5}},
}
