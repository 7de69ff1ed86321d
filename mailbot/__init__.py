"""mailbot: handles privacy requests (AVG/GDPR) straight from the inbox of a small company."""
