/* Stock as staff see it: answers that are put together from all shards. */
#ifndef SOUK_DOMAIN_STOCK_VIEW_H
#define SOUK_DOMAIN_STOCK_VIEW_H

#include "http/request.h"

/* GET /v1/admin/stock/{sku_id} */
enum souk_err stock_show(struct request *request);

/* GET /v1/admin/stock/{sku_id}/movements */
enum souk_err stock_movements(struct request *request);

#endif
