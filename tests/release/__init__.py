"""Releases under load: any adapter replaced by any other while clients use the site, and not one request fails."""
