"""What Stripe says when it says no: one exception, made by a function for each of its ways."""


class StripeError(Exception):
    """An answer with a status and Stripe's error object. `is_kept`: idempotency keys replay it."""

    def __init__(self, status, message, kind='invalid_request_error', is_kept=False, **more):
        super().__init__(message)
        self.status, self.is_kept = status, is_kept
        self.error = {'message': message, 'type': kind,
                      **{name: value for name, value in more.items() if value is not None}}


def hidden(key):
    """'sk_test_****************cdef'"""
    return f'{key[:8]}****************{key[-4:]}' if len(key) >= 12 else '****'


def missing_object(kind, given, param='id', status=404):
    """An id in the address is a 404, one in a parameter a 400."""
    name = {'checkout.session': 'checkout.session', 'customer_balance_transaction':
            'customer balance transaction'}.get(kind, kind)
    return StripeError(status, f"No such {name}: '{given}'", code='resource_missing', param=param)


def missing_parameter(param):
    return StripeError(400, f'Missing required param: {param}.', code='parameter_missing',
                       param=param)


def unknown_parameter(param):
    return StripeError(400, f'Received unknown parameter: {param}', code='parameter_unknown',
                       param=param)


def invalid(param, message, code=None):
    return StripeError(400, message, code=code, param=param)


def no_such_address(method, path):
    return StripeError(404, f'Unrecognized request URL ({method}: {path}). If you are trying to '
                       'list objects, remove the trailing slash. If you are trying to retrieve an '
                       'object, make sure you passed a valid (non-empty) identifier in your code.')


def no_key():
    return StripeError(401, 'You did not provide an API key. You need to provide your API key in '
                       "the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                       "YOUR_SECRET_KEY').")


def wrong_key(key):
    return StripeError(401, f'Invalid API Key provided: {hidden(key)}')


def not_allowed(key, right):
    return StripeError(403, f"The provided key '{hidden(key)}' does not have the required "
                       f"permissions for this endpoint. Having the '{right}' permission would "
                       'allow this request to continue.')


def key_reused(key):
    return StripeError(400, 'Keys for idempotent requests can only be used with the same '
                       'parameters they were first used with. Try using a key other than '
                       f"'{key}' if you meant to execute a different request.",
                       'idempotency_error')


def key_in_use(key):
    return StripeError(409, 'There is currently another in-progress request using this Idempotent '
                       f'Key (that probably means you submitted twice): {key}',
                       'idempotency_error', code='idempotency_key_in_use')


def own_fault():
    """Once it has begun to run, an answer is kept, whatever it is."""
    return StripeError(500, 'An unknown error occurred', 'api_error', is_kept=True)


def card_declined(decline_code, charge):
    return StripeError(402, DECLINED.get(decline_code, 'Your card was declined.'), 'card_error',
                       is_kept=True, code='card_declined', decline_code=decline_code,
                       charge=charge)


DECLINED = {'insufficient_funds': 'Your card has insufficient funds.',
            'expired_card': 'Your card has expired.',
            'generic_decline': 'Your card was declined.'}
