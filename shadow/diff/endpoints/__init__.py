"""What was asked: the endpoint of a request, which is what counts are kept for."""
