"""The kinds of blocks a mail is made of, one file each."""
