#include "http/schema.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

const struct schema schemas[] = {
    {"Problem", "type:text title:text status:int code:text detail:text request_id:text errors:[FieldError]"},
    {"FieldError", "field:text code:text detail:text"},
    {"Status", "status:text"},
    {"Readiness", "status:text checks:json"},
    {"Account", "account_id:id email:text email_verified:bool pending_email:text? name:text? created_at:time version:int"},
    {"IdempotencyToken", "token:text biz_id:text expires_at:time"},
    {"Verification", "email:text email_verified:bool"},
    {"PasswordReset", "email:text"},
    {"Guest", "account_id:id access_token:text expires_in:int"},
    {"Session", "access_token:text token_type:text expires_in:int refresh_token:text account:SessionAccount "
                "guest_cart:text?"},
    {"CartLine", "sku_id:id product_id:id title:text options_text:text? image_url:text? qty:int ticked:bool price:int "
                 "currency:text total:int added_price:int added_currency:text price_change:int? availability:text "
                 "added_at:time"},
    {"Cart", "items:[CartLine] lines_n:int units_n:int total:int? ticked_n:int ticked_total:int? currency:text? "
             "merging:bool version:int"},
    {"CartState", "lines_n:int version:int"},
    {"CartLinePut", "sku_id:id qty:int lines_n:int version:int"},
    {"CartTicked", "version:int lines_n:int ticked_n:int"},
    {"CartMerge", "guest_cart:text"},
    {"SessionAccount", "account_id:id name:text? roles:[text]"},
    {"Jwks", "keys:[json]"},
    {"Address", "address_id:id name:text phone:text country:text region:text? city:text line1:text line2:text? "
                "postal_code:text? is_default:bool created_at:time version:int"},
    {"AddressList", "items:[Address] next_cursor:text?"},
    {"ProductCard", "product_id:id handle:text title:text vendor:text? product_type:text? image:Image? price_min:int "
                    "price_max:int currency:text"},
    {"ProductList", "items:[ProductCard] next_cursor:text?"},
    {"SearchResult", "items:[FoundProduct] total:int facets:SearchFacets ranking:text next_cursor:text?"},
    {"FoundProduct", "product_id:id handle:text title:text vendor:text? product_type:text? image:Image? price_min:int "
                     "price_max:int currency:text highlight:Highlight"},
    {"Highlight", "title:text snippet:text"},
    {"SearchFacets", "categories:[CategoryFacet] vendors:[VendorFacet] prices:[PriceFacet]"},
    {"CategoryFacet", "category_id:id name:text products:int"},
    {"PriceFacet", "price_min:int price_max:int? products:int"},
    {"Accepted", "accepted:int"},
    {"Recommendations", "items:[ProductCard]"},
    {"OwnRecommendations", "items:[ProductCard] based_on:text"},
    {"SuggestionList", "items:[Suggestion]"},
    {"Suggestion", "kind:text text:text category_id:id? product_id:id?"},
    {"Image", "url:text alt:text?"},
    {"Product", "product_id:id handle:text title:text description_html:text vendor:text? product_type:text? "
                "tags:[text] categories:[ProductCategory] options:[ProductOption] images:[Image] skus:[ProductSku] "
                "state:text version:int"},
    {"ProductCategory", "category_id:id name:text"},
    {"ProductOption", "name:text values:[text]"},
    {"ProductSku", "sku_id:id title:text options:[text] price:int list_price:int? currency:text image_url:text? "
                   "state:text"},
    {"Sku", "sku_id:id product_id:id product_title:text title:text options:[text] price:int list_price:int? "
            "currency:text image_url:text? state:text weight_grams:int? version:int"},
    {"Category", "category_id:id parent_id:id? name:text products:int version:int propagating:bool"},
    {"Facets", "products:int approximate:bool attributes:[Facet] vendors:[VendorFacet] price_min:int? price_max:int?"},
    {"Facet", "name:text values:[FacetValue]"},
    {"FacetValue", "value:text products:int"},
    {"VendorFacet", "vendor:text products:int"},
    {"Availability", "sku_id:id level:text units_approx:int approximate:bool as_of:time"},
    {"AdminProduct", "product_id:id handle:text title:text description_html:text vendor:text product_type:text tags:[text] "
                     "categories:[ProductCategory] options:[ProductOption] images:[Image] skus:[AdminSku] currency:text "
                     "state:text version:int propagating:bool"},
    {"AdminSku", "sku_id:id product_id:id product_title:text title:text options:[text] code:text price:int list_price:int? "
                 "currency:text image_url:text? state:text weight_grams:int version:int propagating:bool"},
    {"CategoryList", "items:[Category] next_cursor:text?"},
    {"StockReceipt", "receipt_id:id reference:text sku_id:id qty:int in_flight:int created_at:time "
                     "transfers:[StockTransfer]"},
    {"StockTransfer", "transfer_id:id shard:int qty:int state:text"},
    {"Stock", "sku_id:id received:int corrected:int shipped:int on_hand:int reserved:int available:int in_flight:int exact:bool "
              "shards:[ShardStock]"},
    {"ShardStock", "shard:int pools:[PoolStock]"},
    {"PoolStock", "pool:text on_hand:int reserved:int available:int lent:int borrowed:int came:int corrected:int "
                  "shipped:int"},
    {"StockCorrection", "correction_id:id sku_id:id qty:int reason:text reference:text? created_at:time"},
    {"StockMovement", "reference:id reason:text on_hand:int reserved:int at:time peer:int? shard:int"},
    {"Ids", "ids:[id]"},
    {"StockMovementList", "items:[StockMovement] next_cursor:text?"},
    {"OrderPlaced", "order_id:id state:text total:int currency:text expires_at:time?"},
    {"OrderCard", "order_id:id state:text total:int currency:text items_n:int title:text created_at:time "
                  "expires_at:time?"},
    {"OrderList", "items:[OrderCard] next_cursor:text?"},
    {"OrderItem", "line:int sku_id:id product_id:id title:text options_text:text? image_url:text? qty:int "
                  "cancelled:int unit_price:int total:int discount:int tax:int tax_included:int"},
    {"OrderPayment", "payment_id:id channel:text state:text amount:int reason:text?"},
    {"StaffOrderPayment", "payment_id:id channel:text state:text amount:int reason:text? decline_code:text?"},
    {"Order", "order_id:id account_id:id state:text items:[OrderItem] address:json note:text? email:text? title:text "
              "items_n:int items_total:int discount_total:int shipping_total:int tax_total:int tax_included:int "
              "shipping_method:id? total:int currency:text created_at:time expires_at:time? closing_at:time? closed_at:time? "
              "paid_at:time? held_at:time? shipped_at:time? delivered_at:time? completed_at:time? payments:[OrderPayment] "
              "payment:OrderMoney refunds:[OrderRefund] shipments:[Shipment] "
              "returns:[Return] version:int"},
    {"StaffOrder", "order_id:id account_id:id contact_email:text? state:text items:[OrderItem] address:json note:text? "
                   "email:text? title:text items_n:int items_total:int discount_total:int shipping_total:int tax_total:int "
                   "tax_included:int shipping_method:id? total:int currency:text created_at:time expires_at:time? "
                   "closing_at:time? closed_at:time? paid_at:time? held_at:time? shipped_at:time? delivered_at:time? "
                   "completed_at:time? payments:[StaffOrderPayment] payment:OrderMoney refunds:[OrderRefund] "
                   "shipments:[Shipment] returns:[Return] version:int"},
    {"StaffOrderCard", "order_id:id account_id:id contact_email:text? state:text total:int currency:text items_n:int "
                       "title:text name:text country:text created_at:time paid_at:time? version:int"},
    {"StaffOrderList", "items:[StaffOrderCard] next_cursor:text? away:[int]"},
    {"ShipmentItem", "line:int sku_id:id title:text options_text:text? qty:int"},
    {"Shipment", "shipment_id:id order_id:id return_id:id? state:text carrier:text? tracking:text? items:[ShipmentItem] "
                 "created_at:time shipped_at:time? delivered_at:time? cancelled_at:time? version:int"},
    {"ShipmentList", "items:[Shipment] next_cursor:text?"},
    {"ReturnItem", "line:int sku_id:id title:text options_text:text? qty:int received:int? sellable:int?"},
    {"Return", "return_id:id order_id:id state:text resolution:text reason:text? note:text? items:[ReturnItem] amount:int "
               "currency:text refund_id:id? shipment_id:id? created_at:time approved_at:time? received_at:time? "
               "ended_at:time? version:int"},
    {"ReturnList", "items:[Return] next_cursor:text?"},
    {"StaffReturnList", "items:[Return] next_cursor:text? away:[int]"},
    {"OrderMoney", "paid:int refunding:int refunded:int due:int"},
    {"OrderRefund", "refund_id:id state:text amount:int reason:text"},
    {"Refund", "refund_id:id payment_id:id order_id:id channel:text state:text amount:int currency:text cause:text "
               "reason:text? failure:text? created_at:time ended_at:time? version:int"},
    {"RefundList", "items:[Refund] next_cursor:text?"},
    {"PaymentCase", "case_id:id kind:text reference:text channel:text order_id:id? payment_id:id? refund_id:id? "
                    "order_state:text? payment_state:text? asked:int? taken:int? currency:text? provider_ref:text? data:json "
                    "state:text note:text? closed_by:id? created_at:time closed_at:time? version:int"},
    {"ReconciliationClass", "class:text open:int closed:int"},
    {"ReconciliationDifference", "class:text reference:text payment_id:id? refund_id:id? order_id:id? state:text data:json "
                                 "note:text? closed_by:id? found_at:time closed_at:time?"},
    {"ReconciliationCounts", "channel:text day:text state:text runs:int lines:int matched:int asked_at:time? "
                             "started_at:time? finished_at:time? differences:[ReconciliationClass]"},
    {"Reconciliation", "channel:text day:text state:text runs:int lines:int matched:int asked_at:time? started_at:time? "
                       "finished_at:time? differences:[ReconciliationClass] items:[ReconciliationDifference] next_cursor:text?"},
    {"PaymentCaseList", "items:[PaymentCase] next_cursor:text?"},
    {"Transfer", "transfer_id:id kind:text order_id:id amount:int fee:int? currency:text state:text cause:text? refund_due:bool "
                 "provider_ref:text? at:time statement_day:text?"},
    {"TransferList", "items:[Transfer] next_cursor:text? away:[int]"},
    {"OrderEvent", "seq:int type:text at:time data:json"},
    {"OrderEventList", "items:[OrderEvent] next_cursor:text?"},
    {"Payment", "payment_id:id order_id:id channel:text state:text amount:int currency:text captured:int? reason:text? "
                "refund_due:bool pay_url:url? code_url:text? created_at:time expires_at:time captured_at:time? version:int"},
    {"PaymentCallback", "event_id:text payment_id:id"},
    {"QuoteLine", "line:int sku_id:id qty:int unit_price:int total:int discount:int tax:int tax_included:int payable:int"},
    {"QuoteRule", "rule:id? name:text? code:text? applied:bool amount:int reason:text? missing:int?"},
    {"QuoteShipping", "id:id name:text price:int"},
    {"Quote", "lines:[QuoteLine] items_total:int discount_total:int shipping_total:int tax_total:int tax_included:int "
              "total:int currency:text explanation:[QuoteRule] shipping_method:id? shipping_methods:[QuoteShipping]"},
    {"PromotionTarget", "kind:text"},
    {"Promotion", "promotion_id:id name:text code:text? kind:text value:int currency:text min_spend:int min_qty:int "
                  "max_discount:int? targets:[PromotionTarget] exclusive:bool priority:int stack_group:text? "
                  "total_limit:int? account_limit:int? starts_at:time ends_at:time? state:text created_at:time version:int propagating:bool"},
    {"PromotionList", "items:[Promotion] next_cursor:text?"},
    {"Flash", "sale_id:id title:text product_id:id sku_id:id product_title:text sku_title:text image_url:text? price:int "
              "regular_price:int currency:text units:int per_account:int queue_opens_at:time starts_at:time ends_at:time "
              "waiting_room:bool challenge:bool state:text remaining:text? server_time:time"},
    {"FlashItem", "sale_id:id title:text product_id:id sku_id:id product_title:text sku_title:text image_url:text? price:int "
                  "regular_price:int currency:text units:int per_account:int queue_opens_at:time starts_at:time "
                  "ends_at:time waiting_room:bool challenge:bool state:text remaining:text?"},
    {"FlashList", "items:[FlashItem] server_time:time"},
    {"FlashChallenge", "challenge:text kind:text bits:int question:text? expires_in_s:int"},
    {"FlashPlace", "state:text place:text position:int size:int eta_s:int expires_in_s:int"},
    {"FlashTicket", "ticket:text state:text"},
    {"FlashOutcome", "state:text order_id:id? reason:text?"},
    {"FlashSale", "sale_id:id title:text sku_id:id pool:text price:int currency:text units:int per_account:int "
                  "queue_opens_at:time starts_at:time ends_at:time waiting_room:bool challenge_bits:int admit_per_s:int "
                  "attempts_per_min:int requests_per_s:int orders_per_s:int state:text epoch:int created_at:time version:int propagating:bool"},
    {"FlashSaleList", "items:[FlashSale] next_cursor:text?"},
    {"FlashLive", "sale_id:id title:text sku_id:id pool:text price:int currency:text units:int per_account:int "
                  "queue_opens_at:time starts_at:time ends_at:time waiting_room:bool challenge_bits:int admit_per_s:int "
                  "attempts_per_min:int requests_per_s:int orders_per_s:int state:text epoch:int created_at:time version:int "
                  "gate:FlashGate? shards:[FlashShard] left:int orders:int"},
    {"FlashGate", "units:int allotted:int epoch:int rate:int in:int done:int entries_per_s:int orders_per_s:int "
                  "refusals_per_s:int refusals:json waiting:int admitted:int"},
    {"FlashShard", "shard:int on_hand:int reserved:int left:int orders:int units:int allotted:int epoch:int"},
    {"ShippingMethod", "shipping_method_id:id name:text currency:text price:int price_per_kg:int free_above:int? "
                       "countries:[text] position:int tax_class:text state:text version:int propagating:bool"},
    {"ShippingMethodList", "items:[ShippingMethod] next_cursor:text?"},
    {"TaxRate", "tax_rate_id:id name:text country:text region:text tax_class:text rate:int included:bool state:text "
                "version:int propagating:bool"},
    {"TaxRateList", "items:[TaxRate] next_cursor:text?"},
    {"HoldRule", "currency:text above:int? version:int changed_by:id changed_at:time propagating:bool"},
    {"HoldRuleList", "items:[HoldRule]"},
    {"Webhook", "endpoint_id:id url:url events:[text] description:text? state:text disabled_reason:text? "
                "failing_since:time? old_secret_until:time? created_at:time version:int"},
    {"WebhookSecret", "endpoint_id:id url:url events:[text] description:text? state:text disabled_reason:text? "
                      "failing_since:time? old_secret_until:time? created_at:time version:int secret:text?"},
    {"WebhookList", "items:[Webhook] next_cursor:text?"},
    {"WebhookDelivery", "delivery_id:id endpoint_id:id event_id:text type:text state:text attempts:int "
                        "next_attempt_at:time? last_status:int? last_error:text? last_attempt_at:time? created_at:time "
                        "body:json"},
    {"WebhookDeliveryList", "items:[WebhookDelivery] next_cursor:text?"},
};

const size_t schemas_n = sizeof schemas / sizeof schemas[0];

const struct schema *schema_find(const char *name)
{
    for (size_t i = 0; i < schemas_n; i++) {
        if (strcmp(schemas[i].name, name) == 0)
            return &schemas[i];
    }
    return NULL;
}

static const struct {
    const char *name, *type, *format, *pattern;
} scalars[] = {
    {"id", "string", NULL, "^[1-9][0-9]{0,18}$"}, {"text", "string", NULL, NULL}, {"int", "integer", "int64", NULL},
    {"bool", "boolean", NULL, NULL},              {"time", "string", "date-time", NULL}, {"url", "string", "uri", NULL},
    {"json", NULL, NULL, NULL},
};

static void add_text(json_object *to, const char *name, const char *text)
{
    if (text)
        json_object_object_add(to, name, json_object_new_string(text));
}

static json_object *scalar_json(size_t i, bool nullable)
{
    json_object *out = json_object_new_object();
    if (nullable && scalars[i].type) {
        json_object *types = json_object_new_array();
        json_object_array_add(types, json_object_new_string(scalars[i].type));
        json_object_array_add(types, json_object_new_string("null"));
        json_object_object_add(out, "type", types);
    } else {
        add_text(out, "type", scalars[i].type);
    }
    add_text(out, "format", scalars[i].format);
    add_text(out, "pattern", scalars[i].pattern);
    return out;
}

static json_object *reference(const char *name, bool nullable)
{
    char path[128] = "#/components/schemas/";
    strncat(path, name, sizeof path - strlen(path) - 1);
    json_object *out = json_object_new_object();
    add_text(out, "$ref", path);
    if (!nullable)
        return out;
    json_object *null = json_object_new_object(), *either = json_object_new_object(), *both = json_object_new_array();
    add_text(null, "type", "null");
    json_object_array_add(both, out);
    json_object_array_add(both, null);
    json_object_object_add(either, "anyOf", both);
    return either;
}

static json_object *type_json(const char *type, size_t len)
{
    char name[64];
    bool nullable = len > 0 && type[len - 1] == '?';
    len -= nullable ? 1 : 0;
    assert(len > 0 && len < sizeof name);
    if (type[0] == '[') {
        json_object *list = json_object_new_object();
        add_text(list, "type", "array");
        json_object_object_add(list, "items", type_json(type + 1, len - 2));
        return list;
    }
    memcpy(name, type, len);
    name[len] = '\0';
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++) {
        if (strcmp(scalars[i].name, name) == 0)
            return scalar_json(i, nullable);
    }
    assert(schema_find(name) && "a shape names another that is not there");
    return reference(name, nullable);
}

json_object *schema_json(const struct schema *schema)
{
    json_object *out = json_object_new_object(), *properties = json_object_new_object();
    add_text(out, "type", "object");
    for (const char *at = schema->members; *at; at += strspn(at, " ")) {
        char name[64];
        size_t name_len = strcspn(at, ":"), type_len = strcspn(at + name_len + 1, " ");
        assert(name_len < sizeof name);
        memcpy(name, at, name_len);
        name[name_len] = '\0';
        json_object_object_add(properties, name, type_json(at + name_len + 1, type_len));
        at += name_len + 1 + type_len;
    }
    json_object_object_add(out, "properties", properties);
    return out;
}
