"""fcgiwrap runs a CGI script for each FastCGI request: for front ends that run none, or as a user of their own."""

package = "fcgiwrap"


def command() -> list[str]:
    """One process, for the listening socket on its standard input; started as often as the supervisor likes.

    With -c its children would outlive it. Without -f what scripts log goes to the supervisor's log: nginx would cut it
    after 2 KiB.
    """
    return ["fcgiwrap"]
