/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-cloud-delivery.h"

G_BEGIN_DECLS

/* What the files that read a delivery share. Each reader fills in parts of @item. */
typedef struct
{
  JsonObject *value;         /* of the change */
  const char *field;         /* of the change; "" when it has none */
  JsonArray  *contacts;      /* value.contacts, or NULL */
  const char *own_number;    /* value.metadata.display_phone_number: what it sends is ours */
  const char *thread;        /* of history: whose thread, or NULL */
  gint64      arrived_at;
  gboolean    is_echo;       /* sent from the business's phone */
  gboolean    is_history;
} LobbyCloudPlace;

typedef void (*LobbyCloudReader)  (const LobbyCloudPlace *place,
                                   JsonObject            *json,
                                   LobbyCloudItem        *item);
/* Elements of messages[], message_echoes[], statuses[], calls[], user_preferences[]. */
void   lobby_cloud_read_message    (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
void   lobby_cloud_read_status     (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
void   lobby_cloud_read_call       (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
void   lobby_cloud_read_preference (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
/* user_id_update, an element of state_sync[]. */
void   lobby_cloud_read_user_id    (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
void   lobby_cloud_read_book_entry (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
/* An element of errors[]. */
void   lobby_cloud_read_error      (const LobbyCloudPlace *place, JsonObject *json, LobbyCloudItem *item);
/* The reader of all other fields' values; NULL: @field is not known. */
LobbyCloudReader lobby_cloud_find_account_reader (const char *field);

/* A number as WhatsApp's ids have it, digits alone; NULL when @text is none. */
char  *lobby_cloud_dup_number      (const char            *text);
/* A user id of the form that WhatsApp gives (CLOUD_API 8), or NULL. */
char  *lobby_cloud_dup_user_id     (const char            *text);
char  *lobby_cloud_dup_username    (const char            *text);
/* Text of any length, cut at a whole character when it is longer than a client would take. */
char  *lobby_cloud_dup_text        (JsonObject            *object,
                                    const char            *name);
gint64 lobby_cloud_read_time       (JsonObject            *json,
                                    const char            *name,
                                    gint64                 arrived_at);
/* Takes a problem; the first is kept. */
void   lobby_cloud_take_problem    (LobbyCloudItem        *item,
                                    char                  *problem);
/* The customer of an element whose members are @number and @user_id (and @parent), completed by value.contacts. FALSE: nobody is told. */
gboolean lobby_cloud_read_customer (const LobbyCloudPlace *place,
                                    const char            *number,
                                    const char            *user_id,
                                    const char            *parent,
                                    LobbyIdentity         *customer);

G_END_DECLS
