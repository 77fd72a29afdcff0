"""The pages in Debian's Chromium: the whole story, with the keyboard, on a phone, in the dark, to a screen reader."""
