"""Tests of the serving half: each adapter as a real process on a real socket."""
