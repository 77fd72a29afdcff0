"""All that a person reads or writes: arguments, the table of commands, requests and answers, progress, columns."""
