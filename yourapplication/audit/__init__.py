"""What has happened: sign-ins and changes, in a database of their own."""
