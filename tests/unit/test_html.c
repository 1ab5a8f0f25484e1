/* The HTML cleaner: what a merchant writes stays readable, and nothing of it can run. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "guard/html.h"
#include "unit.h"

static struct arena *arena;

static const char *clean(const char *html)
{
    const char *out = NULL;
    return html_clean(arena, html, &out) == SOUK_OK ? out : "(refused)";
}

struct pair {
    const char *in, *out;
};

static void check_pairs(const struct pair *pairs, size_t n)
{
    arena = arena_new(64 << 20);
    for (size_t i = 0; i < n; i++) {
        const char *out = clean(pairs[i].in);
        if (strcmp(out, pairs[i].out) != 0)
            printf("\n  %s\n  gives %s\n  not   %s\n", pairs[i].in, out, pairs[i].out);
        CU_ASSERT_STRING_EQUAL(out, pairs[i].out);
        CU_ASSERT_STRING_EQUAL(clean(out), out); /* cleaning again changes nothing */
    }
    arena_free(arena);
}

#define CHECK_PAIRS(pairs) check_pairs((pairs), sizeof(pairs) / sizeof(pairs)[0])

static void test_what_stays(void)
{
    static const struct pair pairs[] = {
        {"", ""},
        {" \n\t ", ""},
        {"<p>Hello <strong>you</strong><br>there</p>", "<p>Hello <strong>you</strong><br>there</p>"},
        {"<ul><li>one</li><li>two</li></ul>", "<ul><li>one</li><li>two</li></ul>"},
        {"<p class=\"a\" style=\"color:red\" id=x onclick=\"f()\">x</p>", "<p>x</p>"},
        {"<div data-a=1><span lang=en>x</span></div>", "<div><span>x</span></div>"},
        {"<table><tr><td>1</td></tr></table>", "<table><tr><td>1</td></tr></table>"},
        {"<blockquote>q</blockquote>", "<blockquote>q</blockquote>"},
        {"<font color=red>x</font><center>y</center>", "xy"},
        {"<p>5 &lt; 6 &amp; \"quoted\" &nbsp;&eacute;</p>", "<p>5 &lt; 6 &amp; &quot;quoted&quot; \xc2\xa0\xc3\xa9</p>"},
        {"<p>\xe4\xb8\xad\xe6\x96\x87 \xc3\xa9</p><meta charset=\"iso-8859-1\"><p>\xc3\xa9</p>",
         "<p>\xe4\xb8\xad\xe6\x96\x87 \xc3\xa9</p><p>\xc3\xa9</p>"},
        {"<p>not closed <b>bold", "<p>not closed <b>bold</b></p>"},
        {"<H2>T</H2>", "<h2>T</h2>"},
    };
    CHECK_PAIRS(pairs);
}

static void test_links(void)
{
    static const struct pair pairs[] = {
        {"<a href=\"https://a.b/c?d=1&amp;e=2\" target=_blank rel=opener>x</a>",
         "<a href=\"https://a.b/c?d=1&amp;e=2\" rel=\"nofollow noopener\">x</a>"},
        {"<a href='HTTP://A.B'>x</a>", "<a href=\"HTTP://A.B\" rel=\"nofollow noopener\">x</a>"},
        {"<a href=mailto:a@b.c>x</a>", "<a href=\"mailto:a@b.c\" rel=\"nofollow noopener\">x</a>"},
        {"<a>x</a>", "x"},
        {"<a name=top>x</a>", "x"},
        {"<a href=\"/local\">x</a>", "x"},
        {"<a href=\"//evil.example\">x</a>", "x"},
        {"<a href=\"http://\">x</a>", "x"},
        {"<a href=\"javascript:alert(1)\">x</a>", "x"},
        {"<a href=\"JaVaScRiPt:alert(1)\">x</a>", "x"},
        {"<a href=\" javascript:alert(1)\">x</a>", "x"},
        {"<a href=\"java\nscript:alert(1)\">x</a>", "x"},
        {"<a href=\"java&#x09;script:alert(1)\">x</a>", "x"},
        {"<a href=\"&#106;avascript:alert(1)\">x</a>", "x"},
        {"<a href=\"&#x6A&#x61&#x76&#x61script:alert(1)\">x</a>", "x"},
        {"<a href=\"\x01javascript:alert(1)\">x</a>", "x"},
        {"<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "x"},
        {"<a href=\"vbscript:x\">x</a>", "x"},
        {"<a href=\"https:javascript\">x</a>", "x"},
        {"<a href='https://a.b/\"onmouseover=\"alert(1)'>x</a>",
         "<a href=\"https://a.b/&quot;onmouseover=&quot;alert(1)\" rel=\"nofollow noopener\">x</a>"},
    };
    CHECK_PAIRS(pairs);
}

static void test_what_vanishes(void)
{
    static const struct pair pairs[] = {
        {"a<script>alert(1)</script>b", "ab"},
        {"<p>a</p><style>p{}</style><!-- c --><p>b</p>", "<p>a</p><p>b</p>"},
        {"<p>a<iframe src=x>inside</iframe>b</p>", "<p>ab</p>"},
        {"<p>a<object data=x><p>in</p></object></p>", "<p>a</p>"},
        {"<p>a<embed src=x>b</p>", "<p>ab</p>"},
        {"<video><source src=x><p>x</p></video><p>y</p>", "<p>y</p>"},
        {"<p>x<img src=x onerror=alert(1)>y</p>", "<p>xy</p>"},
        {"<div><form action=x><input name=a><button>b</button></form>z</div>", "<div>z</div>"},
        {"<div>a<svg onload=alert(1)><p>t</p></svg>b</div>", "<div>ab</div>"},
        {"<div>a<math><mtext>x</mtext></math>b</div>", "<div>ab</div>"},
        {"<div>a<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript></div>", "<div>a</div>"},
        {"<div>a<template><b>x</b></template>b</div>", "<div>ab</div>"},
        {"<div>a<video src=x><p>y</p></video>b</div>", "<div>ab</div>"},
        {"<div>a<textarea><b>x</b></textarea>b</div>", "<div>ab</div>"},
        {"<link rel=stylesheet href=x><base href=//evil><meta http-equiv=refresh content=0><p>x</p>", "<p>x</p>"},
        {"<?php echo 1 ?><p>x</p>", "<p>x</p>"},
    };
    CHECK_PAIRS(pairs);
}

/* No shape of attack may leave anything but listed tags without attributes, and our own links. */
static void expect_harmless(const char *html)
{
    static const char *const tags[] = {"p", "br", "ul", "ol", "li", "strong", "em", "b", "i", "u", "h1", "h2", "h3", "h4",
                                       "h5", "h6", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption",
                                       "blockquote", "span", "div", "a", NULL};
    const char *out = clean(html);
    for (const char *at = strchr(out, '<'); at; at = strchr(at + 1, '<')) {
        const char *name = at + 1 + (at[1] == '/'), *end = strchr(at, '>');
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz123456");
        bool listed = false;
        for (size_t i = 0; tags[i]; i++)
            listed = listed || (strlen(tags[i]) == len && strncmp(tags[i], name, len) == 0);
        bool link = strncmp(at, "<a href=\"", 9) == 0;
        if (!listed || !end || (name + len != end && !link))
            printf("\n  %s\n  gives %s\n", html, out);
        CU_ASSERT(listed && end && (name + len == end || link));
        if (link)
            CU_ASSERT(strncasecmp(at + 9, "http", 4) == 0 || strncasecmp(at + 9, "mailto:", 7) == 0);
    }
    CU_ASSERT_STRING_EQUAL(clean(out), out);
}

static void test_attacks(void)
{
    static const char *const attacks[] = {
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<<script>alert(1)//<</script>",
        "<script/src=data:,alert(1)>",
        "<ScRiPt >alert(1)</sCrIpT >",
        "<img src=\"x\" onerror=\"alert(1)\"",
        "<img/src='x'/onerror=alert(1)>",
        "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
        "<svg/onload=alert(1)>",
        "<svg><script>alert&#40;1&#41;</script>",
        "<svg><animate onbegin=alert(1) attributeName=x>",
        "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
        "<table><td background=javascript:alert(1)>x",
        "<table><a href=javascript:alert(1)><tr><td>x",
        "<div style=\"background:url(javascript:alert(1))\">x</div>",
        "<div style=\"width:expression(alert(1))\">x</div>",
        "<p onmouseover=alert(1)//>x",
        "<b/onclick=alert(1)>x</b>",
        "<b \x0b onclick=alert(1)>x</b>",
        "<a href=x onclick=alert(1) href=\"https://ok.example\">x</a>",
        "<a xlink:href=\"javascript:alert(1)\" href=\"https://ok.example\">x</a>",
        "<a href=\"https://ok.example\"><a href=\"javascript:alert(1)\">x</a></a>",
        "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\"></iframe>",
        "<object data=\"javascript:alert(1)\"><param name=x></object>",
        "<isindex type=image src=1 onerror=alert(1)>",
        "<input autofocus onfocus=alert(1)>",
        "<details open ontoggle=alert(1)>x</details>",
        "<marquee onstart=alert(1)>x</marquee>",
        "<body onload=alert(1)><p>x</p>",
        "<html onclick=alert(1)><head><script>x</script></head><body background=x><p>y",
        "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script>",
        "<xss style=\"behavior:url(x.htc)\">x</xss>",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->x",
        "<![CDATA[<script>alert(1)</script>]]><p>x</p>",
        "<plaintext><script>alert(1)</script>",
        "<title><img src=x onerror=alert(1)></title>",
        "<textarea></textarea><script>alert(1)</script>",
        "<xmp><p title=\"</xmp><script>alert(1)</script>\">",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<p>&#60;img src=x onerror=alert(1)&#62;</p>",
        "<p title='<script>alert(1)</script>'>x</p>",
        "<li><p><ul></div></table></b></i>x",
        "<a href=\"https://x.example/\xe2\x80\xaejs\">x</a>",
    };
    arena = arena_new(64 << 20);
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++)
        expect_harmless(attacks[i]);
    arena_free(arena);
}

/* Nesting without end ends at the parser's limit, and too much text at the arena's. */
static void test_depth(void)
{
    enum { LEVELS = 5000 };
    static char deep[LEVELS * 5 + 64];
    arena = arena_new(64 << 20);
    size_t len = 0;
    for (int i = 0; i < LEVELS; i++) {
        memcpy(deep + len, "<div>", 5);
        len += 5;
    }
    strcpy(deep + len, "<script>alert(1)</script>x");
    expect_harmless(deep);
    arena_free(arena);

    struct arena *small = arena_new(4096);
    const char *out;
    CU_ASSERT_EQUAL(html_clean(small, deep, &out), SOUK_TOO_LARGE);
    arena_free(small);
}

UNIT_SUITE(html, UNIT_TEST(test_what_stays), UNIT_TEST(test_links), UNIT_TEST(test_what_vanishes), UNIT_TEST(test_attacks),
           UNIT_TEST(test_depth))
