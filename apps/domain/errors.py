"""The root of every error that is fit to show to a user."""


class DomainError(Exception):
    """An anticipated refusal: `code` is stable for machines, the message is a sentence for people.

    `status` is the HTTP status that a door answers with;
    `details` holds what a client may want to act on: the JSON pointer, the column, the limit. Subclasses are declared
    beside the function that raises them.
    """

    code = "domain_error"
    status = 422

    def __init__(self, message: str, /, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
