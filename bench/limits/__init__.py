"""What the machine gives at most: bare ASGI applications under the same uvicorn, beside which we are measured."""
