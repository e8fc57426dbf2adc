"""Passes speech on from the Chanter server while it is made, with the key that browsers must not see."""

import httpx
from django.conf import settings
from django.http import JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

PASSED_ON = ["content-type", "etag", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after", "x-request-id"]

server = httpx.AsyncClient(
    base_url=settings.CHANTER_SERVER,
    headers={"authorization": f"Bearer {settings.CHANTER_KEY}"} if settings.CHANTER_KEY else {},
    # How many may speak at once is the Chanter server's to say.
    limits=httpx.Limits(max_connections=None),
    timeout=httpx.Timeout(60, connect=5),
)


@require_GET
async def health(request):
    """What the library's `prepare` asks."""
    return await pass_on("GET", "health")


@csrf_exempt  # Of this type no other site's page may send anything, as Django grants none of them CORS.
@require_POST
async def synthesize(request):
    """Who may speak, and how often, is to be decided here: the Chanter server sees one key for all visitors."""
    if request.content_type != "application/json":
        return JsonResponse({"error": "a text to speak is sent as application/json"}, status=415)
    return await pass_on("POST", "synthesize-stream", content=request.body, headers={"content-type": "application/json"})


async def pass_on(method, path, **request):
    try:
        answer = await server.send(server.build_request(method, path, **request), stream=True)
    except httpx.TransportError:
        return JsonResponse({"error": "the speech server cannot be reached"}, status=503, headers={"retry-after": "5"})
    headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    return StreamingHttpResponse(pieces(answer), status=answer.status_code, headers=headers)


async def pieces(answer):
    """Bytes as they come. A visitor who leaves ends this, and with it the synthesis."""
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()
