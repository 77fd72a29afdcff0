"""What can go wrong in a deployment, one exception an exit code."""


class DeployError(Exception):
    """A deployment ended; the message is for the user and the exit code says which kind it was."""

    exit_code = 1


class Failed(DeployError):
    """A step failed and the earlier ones were undone."""


class Refused(DeployError):
    """The request or the settings are wrong; nothing was changed."""

    exit_code = 2


class Locked(DeployError):
    """Another deployment holds the lock."""

    exit_code = 3


class Stuck(DeployError):
    """A step failed and could not be undone; the message says what to do."""

    exit_code = 4
