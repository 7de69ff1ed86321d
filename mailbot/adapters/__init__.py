"""The thin edges: IMAP, SMTP, the register's file, customer lists, the holiday calendar. None imports another."""
