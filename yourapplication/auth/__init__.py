"""Who may write: local users and, where one is configured, a directory's (LDAP); signing in and out."""
