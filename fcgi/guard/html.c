#include "guard/html.h"

#include <curl/curl.h>
#include <libxml/HTMLparser.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"

enum { DEPTH_MAX = 200 }; /* deeper elements lose their tags, not their text; the parser itself stops at 256 */

static const char *const allowed[] = {"p",  "br", "ul", "ol", "li",    "strong", "em",    "b",     "i",  "u",  "h1",
                                      "h2", "h3", "h4", "h5", "h6",    "table",  "thead", "tbody", "tfoot", "tr", "th",
                                      "td", "caption", "blockquote", "span", "div", NULL};

/* These vanish with all that is in them. Not here: embed, source and track, whose "content" is what follows them, since the
 * parser does not know that they have none. */
static const char *const dropped[] = {
    "script", "style",    "iframe",  "object", "applet", "noscript",  "template", "svg",     "math",     "form", "input",
    "button", "select",   "textarea", "option", "title",  "meta",      "link",     "base",    "frame",    "map",  "area",
    "frameset", "noframes", "noembed", "audio",  "video",  "canvas",    "xml",      "plaintext", "xmp",    "listing",
    "param",  "portal",   "dialog",  "datalist", NULL};

static bool among(const char *const *names, const xmlChar *name)
{
    for (; *names; names++)
        if (strcasecmp(*names, (const char *)name) == 0)
            return true;
    return false;
}

static void put_text(struct buffer *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        switch (*c) {
        case '&': buffer_puts(out, "&amp;"); break;
        case '<': buffer_puts(out, "&lt;"); break;
        case '>': buffer_puts(out, "&gt;"); break;
        case '"': buffer_puts(out, "&quot;"); break;
        case '\'': buffer_puts(out, "&#39;"); break;
        default: buffer_add(out, c, 1);
        }
    }
}

/* Absolute, of a scheme that only leads elsewhere, and without the blanks and controls that browsers skip. */
static bool address_is_safe(const char *href)
{
    static const char *const schemes[] = {"http://", "https://", "mailto:", NULL};
    for (const char *c = href; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    for (size_t i = 0; schemes[i]; i++)
        if (strncasecmp(href, schemes[i], strlen(schemes[i])) == 0 && href[strlen(schemes[i])])
            return true;
    return false;
}

static void walk(struct buffer *out, xmlNode *node, int depth);

/* <a> with its address, or its content alone when the address is none that may stay. */
static void walk_link(struct buffer *out, xmlNode *node, int depth)
{
    xmlChar *href = xmlGetNoNsProp(node, (const xmlChar *)"href");
    bool safe = href && address_is_safe((const char *)href);
    if (safe) {
        buffer_puts(out, "<a href=\"");
        put_text(out, (const char *)href);
        buffer_puts(out, "\" rel=\"nofollow noopener\">");
    }
    xmlFree(href);
    walk(out, node->children, depth + 1);
    if (safe)
        buffer_puts(out, "</a>");
}

static void walk_element(struct buffer *out, xmlNode *node, int depth)
{
    if (among(dropped, node->name))
        return;
    if (strcasecmp((const char *)node->name, "a") == 0) {
        walk_link(out, node, depth);
        return;
    }
    bool keep = depth < DEPTH_MAX && among(allowed, node->name);
    const char *name = (const char *)node->name;
    if (keep)
        buffer_printf(out, "<%s>", name);
    walk(out, node->children, depth + 1);
    if (keep && strcasecmp(name, "br") != 0)
        buffer_printf(out, "</%s>", name);
}

static void walk(struct buffer *out, xmlNode *node, int depth)
{
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE)
            walk_element(out, node, depth);
        else if (node->type == XML_TEXT_NODE && node->content)
            put_text(out, (const char *)node->content);
    }
}

static void free_document(void *document)
{
    xmlFreeDoc(document);
}

/* The <div> around it all, first in the body, becomes an element that is not written. */
static void unframe(xmlNode *root)
{
    xmlNode *body = root ? xmlFirstElementChild(root) : NULL, *frame = body ? xmlFirstElementChild(body) : NULL;
    if (frame)
        xmlNodeSetName(frame, (const xmlChar *)"body");
}

static const char *trimmed(struct arena *arena, const struct buffer *out)
{
    size_t from = 0, to = out->len;
    while (from < to && strchr(" \t\r\n", out->data[from]))
        from++;
    while (to > from && strchr(" \t\r\n", out->data[to - 1]))
        to--;
    return arena_copy(arena, out->data ? out->data + from : "", to - from);
}

enum souk_err html_clean(struct arena *arena, const char *html, const char **out)
{
    size_t len = strlen(html);
    *out = "";
    if (html[strspn(html, " \t\r\n")] == '\0')
        return SOUK_OK;
    /* in a <div>, since the parser would put a <p> around text that stands alone */
    const char *framed = len < INT_MAX / 2 ? arena_printf(arena, "<div>%s</div>", html) : NULL;
    if (!framed)
        return SOUK_TOO_LARGE;
    htmlDocPtr document = htmlReadMemory(framed, (int)strlen(framed), NULL, "UTF-8",
                                         HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                             HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NODEFDTD);
    if (!document)
        return SOUK_BAD_REQUEST;
    if (!arena_own(arena, document, free_document))
        return SOUK_TOO_LARGE;

    struct buffer text = buffer_in(arena, len + 64);
    unframe(xmlDocGetRootElement(document));
    walk(&text, xmlDocGetRootElement(document), 0);
    *out = text.failed ? NULL : trimmed(arena, &text);
    return *out ? SOUK_OK : SOUK_TOO_LARGE;
}

/* As libcurl reads it. */
static bool https_url(const char *text)
{
    CURLU *url = curl_url();
    char *scheme = NULL;
    bool good = url && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && strcmp(scheme, "https") == 0;
    curl_free(scheme);
    curl_url_cleanup(url);
    return good;
}

bool html_image_address(const char *text)
{
    if (strpbrk(text, " \"'<>\\^`{|}"))
        return false;
    return (text[0] == '/' && text[1] != '/') || https_url(text);
}
