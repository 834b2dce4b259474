/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-bucket.h"
#include "lobby-deliverer.h"
#include "lobby-knobs.h"
#include "lobby-media-store.h"
#include "lobby-schedule.h"

G_BEGIN_DECLS

/*
 * WhatsApp's side without its HTTP: who the customers are, what was said in both directions, and what the
 * business is told of it. A message to a customer moves only forward through its statuses; each step
 * is told once, in order, through the deliverer.
 */

typedef enum
{
  LOBBY_RANK_ACCEPTED,
  LOBBY_RANK_SENT,
  LOBBY_RANK_DELIVERED,
  LOBBY_RANK_READ,
  LOBBY_RANK_PLAYED,
  LOBBY_RANK_FAILED,
} LobbyRank;

typedef enum
{
  LOBBY_DOING_NOTHING,
  LOBBY_DOING_TYPING,
  LOBBY_DOING_RECORDING,
} LobbyDoing;

typedef struct _LobbyWorld LobbyWorld;
typedef struct _LobbyCustomer LobbyCustomer;
typedef struct _LobbySent LobbySent;
typedef struct _LobbyChannel LobbyChannel;

/* What a channel tells the business, each in its own words. */
typedef struct
{
  /* A new message's id. (transfer full) */
  char *(*new_id)  (LobbyChannel  *self,
                    LobbyCustomer *customer,
                    gboolean       inbound);
  /* @message is Meta's object, whole, with its id; @when is clock ms. */
  void  (*said)    (LobbyChannel  *self,
                    LobbyCustomer *customer,
                    JsonObject    *message,
                    gint64         when);
  /* @sent reached @rank. */
  void  (*reached) (LobbyChannel  *self,
                    LobbySent     *sent,
                    LobbyRank      rank);
  void  (*failed)  (LobbyChannel  *self,
                    LobbySent     *sent,
                    int            code,
                    const char    *details);
  /* customer->doing changed. */
  void  (*doing)   (LobbyChannel  *self,
                    LobbyCustomer *customer);
} LobbyChannelVerbs;

/* A way by which customers and the business reach each other: the Cloud API, or a number that is linked to a gateway. */
struct _LobbyChannel
{
  const char              *name;   /* "cloud", or the gateway's session */
  const LobbyChannelVerbs *verbs;
  LobbyWorld              *world;
};

struct _LobbyCustomer
{
  LobbyWorld  *world;
  char        *key;              /* wa_id, or the BSUID of one whose number is not told */
  char        *wa_id;            /* NULL when the number is not told */
  char        *bsuid;
  char        *name;
  char        *username;         /* or NULL */
  char        *portrait;         /* file of the media folder, or NULL */
  gint64       last_inbound;     /* clock, ms; 0: never wrote */
  gint64       reads_least;      /* ms from delivered to read; -1: only when told to */
  gint64       reads_most;
  guint64      reading;          /* moment of the schedule, or 0 */
  LobbyDoing   doing;
  LobbyChannel *channel;         /* where it writes; NULL: has not decided yet */
  LobbyBucket  pair;
  GPtrArray   *unread;           /* LobbySent, delivered to the phone or on its way */
  char        *last_own_id;      /* of what it wrote last, or NULL */
  char        *last_business_id; /* of what the business wrote last, or NULL */
  gpointer     part;             /* what it plays (lobby-life), or NULL */
};

struct _LobbySent
{
  guint64        n;              /* from 1, in the order of acceptance */
  char          *id;
  char          *input;          /* `to` or `recipient` as the business wrote it */
  char          *type;
  JsonObject    *request;        /* the whole body */
  LobbyCustomer *customer;
  LobbyChannel  *channel;
  gint64         at;             /* clock, ms */
  LobbyRank      rank;
};

/* A message of a customer, for those who count. */
typedef struct
{
  char          *id;
  LobbyCustomer *customer;
  LobbyChannel  *channel;
  const char    *type;           /* interned */
  gint64         at;             /* clock, ms: what its timestamp says */
} LobbySaid;

typedef struct
{
  void (*business_wrote) (LobbySent *sent, gpointer data);          /* accepted and not going to fail */
  void (*customer_read)  (LobbyCustomer *customer, gpointer data);  /* everything up to now */
} LobbyWorldEvents;

struct _LobbyWorld
{
  LobbySchedule         *schedule;
  LobbyKnobs            *knobs;
  GRand                 *dice;
  LobbyDeliverer        *deliverer;
  LobbyMediaStore       *media;
  const LobbyBusiness   *business;
  char                  *base_url;      /* of the sandbox itself, for addresses of media */
  LobbyChannel           cloud;
  LobbyChannel          *home;          /* where customers write of their own accord: the first that came to work, or NULL */
  GPtrArray             *customers;
  GHashTable            *by_key;        /* wa_id and BSUID → LobbyCustomer */
  GPtrArray             *sent;
  GHashTable            *sent_by_id;
  GHashTable            *inbound_ids;   /* wamid → LobbyCustomer */
  GPtrArray             *said;          /* LobbySaid, in order */
  GPtrArray             *calls;         /* JsonObject: read and typing calls */
  LobbyBucket            throughput;
  guint                  scheduled;     /* statuses that will come by themselves */
  const LobbyWorldEvents *events;
  gpointer               events_data;
};

/* Everything passed is borrowed and has to outlive it. */
LobbyWorld    *lobby_world_new            (LobbySchedule   *schedule,
                                           LobbyKnobs      *knobs,
                                           GRand           *dice,
                                           LobbyDeliverer  *deliverer,
                                           LobbyMediaStore *media,
                                           const LobbyBusiness *business);
void           lobby_world_free           (LobbyWorld      *self);

/* Makes or changes one. @wa_id or @bsuid may be NULL, not both; a missing BSUID is made up from the number. */
LobbyCustomer *lobby_world_add_customer   (LobbyWorld      *self,
                                           const char      *wa_id,
                                           const char      *bsuid,
                                           const char      *name,
                                           const char      *username);
LobbyCustomer *lobby_world_find_customer  (LobbyWorld      *self,
                                           const char      *wa_id_or_bsuid);
gboolean       lobby_customer_window_open (LobbyCustomer   *customer);
/* Where it writes: where it or the business wrote last, or the world's home. */
LobbyChannel  *lobby_customer_get_channel (LobbyCustomer   *customer);
/* Is seen typing or recording, or no longer; told where the channel can. */
void           lobby_customer_set_doing   (LobbyCustomer   *customer,
                                           LobbyDoing       doing);

/*
 * The customer sends @message: Meta's message object, of which at least the type and its member
 * must be there; from, id and timestamp are filled in when they are not. Takes @message. @timestamp in clock
 * ms, 0 for now. Returns the wamid (transfer full).
 */
char          *lobby_customer_send        (LobbyCustomer   *customer,
                                           JsonObject      *message,
                                           gint64           timestamp);
/* Everything that the business wrote is read (and voice notes are played, if @play). Returns how many. */
guint          lobby_customer_read        (LobbyCustomer   *customer,
                                           gboolean         play);

/* Keeps an accepted message; @id NULL: a new one. Takes a reference to @request. */
LobbySent     *lobby_world_accept         (LobbyChannel    *channel,
                                           LobbyCustomer   *customer,
                                           const char      *id,
                                           const char      *input,
                                           const char      *type,
                                           JsonObject      *request);
/* Lets an accepted message go its way: sent, delivered, read; or, with a code, fail. */
void           lobby_sent_go              (LobbySent       *sent,
                                           int              fail_code,
                                           const char      *fail_details);

/* One more read, typing or presence call, for those who count; @message_id, @chat (what a gateway was asked to call it) and @customer
 * may be NULL. */
void           lobby_world_record_call    (LobbyChannel    *channel,
                                           const char      *kind,
                                           const char      *message_id,
                                           const char      *chat,
                                           LobbyCustomer   *customer);

/* lobby-cloud-channel.c: what Meta tells. */
extern const LobbyChannelVerbs lobby_cloud_channel_verbs;

G_END_DECLS
