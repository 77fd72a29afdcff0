"""fcgiwrap runs a CGI script for each FastCGI request: for front ends that run none, or as a user of their own."""

package = "fcgiwrap"


binary = "fcgiwrap"
LOG = 3  # where scripts find the log: fcgiwrap waits for the end of their standard error, as it does for their output


def command() -> list[str]:
    """One process, for the listening socket on its standard input; started as often as the supervisor likes.

    With -c its children would outlive it. Without -f what scripts log goes to the supervisor's log: nginx would cut it
    after 2 KiB.
    """
    return ["/bin/sh", "-c", f"exec {binary} {LOG}>&2"]
