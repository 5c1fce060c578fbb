"""
The tracking API where Django is asked directly, as the server of the tests does.

In front of Django stands ``contacts.tracking.dispatcher``, and then nothing gets here.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from contacts.tracking.answers import cross_site_headers
from contacts.tracking.dispatcher import respond


@csrf_exempt
def track(request: HttpRequest) -> HttpResponse:
    """Answer as the dispatcher does."""
    answer = respond(request.META)
    if answer is None:
        raise Http404
    headers = dict([*answer.headers, *cross_site_headers(request.META)])
    return HttpResponse(answer.body, status=answer.status, headers=headers)
