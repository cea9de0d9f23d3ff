"""What judges generated images beside the certificate of their image parameters."""
