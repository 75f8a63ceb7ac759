"""What `nexus up` runs on one machine: embedded servers, the development identity provider, the supervisor."""
