/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One thing that Meta tells the business: an inbound message or the status of an outbound one. */
typedef struct
{
  char       *lane;      /* of the customer: updates of a lane keep their order */
  char       *kind;      /* "messages" or "statuses"; NULL for a change of another field */
  char       *field;     /* of the change */
  JsonObject *contact;   /* the member of contacts[], or NULL */
  JsonObject *item;      /* the member of messages[] or statuses[]; of another field, the value itself */
} LobbyUpdate;

/* Takes @contact (may be NULL) and @item. */
LobbyUpdate *lobby_update_new      (const char  *lane,
                                    const char  *kind,
                                    JsonObject  *contact,
                                    JsonObject  *item);
/* A change of any field, as it is. Takes @value. */
LobbyUpdate *lobby_update_new_field (const char *lane,
                                    const char  *field,
                                    JsonObject  *value);
void         lobby_update_free     (LobbyUpdate *self);
/* "timestamp": @msec as seconds in a string, as Meta writes it. */
void         lobby_update_set_timestamp (JsonObject *object,
                                    gint64       msec);

typedef struct
{
  const char *waba;
  const char *phone_number_id;
  const char *number;    /* digits */
} LobbyBusiness;

/*
 * The body of one delivery, as Meta writes it: non-ASCII letters as \uXXXX in lowercase hex, "/" as "\/".
 * Neighbours of one lane and kind share a change. @updates holds LobbyUpdate.
 */
char        *lobby_webhook_body    (const LobbyBusiness *business,
                                    GPtrArray           *updates);
/* JSON as Meta writes it. @json is what json-glib generated. */
char        *lobby_webhook_escape  (const char  *json);
/* "sha256=" and the HMAC of the raw body in lowercase hex. */
char        *lobby_webhook_sign    (const char  *secret,
                                    const char  *body,
                                    gsize        length);
/* Makes a signature one that cannot be right: its last digit is another. */
void         lobby_webhook_spoil   (char        *signature);

G_END_DECLS
