"""Which queue each task goes to, and what beat sends."""

TASK_QUEUES = {
    "events.deliver": "default",
    "events.sweep": "default",
    "jobs.recover": "default",
    "jobs.run": "default",  # overridden at each send by the job's own queue
    "jobs.heartbeat": "default",
}

BEAT = {
    "sweep-deliveries": {"task": "events.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "recover-jobs": {"task": "jobs.recover", "schedule": 4.0, "options": {"expires": 4}},
    "worker-heartbeat": {"task": "jobs.heartbeat", "schedule": 5.0, "options": {"expires": 5}},
}
