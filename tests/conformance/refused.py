"""What an SDK made of a refusal, in one form for all of them."""


class Refused(Exception):
    """A refusal that the SDK has read out of the answer."""

    def __init__(self, status, code, message, request_id):
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
