/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-store-seed.h"

#include <stdlib.h>
#include <string.h>

#include "lobby-clock.h"
#include "lobby-database.h"
#include "lobby-store.h"

#define MINUTE G_GINT64_CONSTANT (60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char *const first_names[] = {
  "Ana", "Luis", "María", "João", "Beatriz", "Anna", "Jonas", "Lena", "Omar", "Layla", "נועה", "יוסף", "أحمد", "فاطمة", "Priya", "Arjun",
  "Wei", "Mei", "Yuki", "Emeka", "Zanele", "Chiara", "Marco", "Sophie", "Hugo", "Olga", "Dmitri", "Elif", "Kerem", "Grace", "Tom", "Inés"
};
static const char *const last_names[] = {
  "García", "López", "Silva", "Souza", "Müller", "Schmidt", "Haddad", "Cohen", "Patel", "Sharma", "Chen", "Tanaka", "Okafor", "Dlamini",
  "Rossi", "Bianchi", "Martin", "Dubois", "Ivanova", "Yılmaz", "Smith", "Brown", "Núñez", "Fernández"
};

static const char *const phrases[] = {
  "Hello, is the blue one still there?",
  "Yes, two of them.",
  "Perfect",
  "How much is shipping to Porto?",
  "Thank you so much!",
  "When can I pick it up?",
  "We are open from nine to six.",
  "ok",
  "👍",
  "😂😂",
  "❤️",
  "Great, see you then",
  "Sorry, I was on the road.",
  "Can you send me a picture?",
  "Of course, one moment.",
  "The order number is *48213*.",
  "_Just a second_, let me look that up.",
  "It was 49 € before, now it is ~49~ *39 €*.",
  "See https://example.org/catalogue?item=48213&colour=blue for the sizes",
  "Does it fit a child of six?",
  "Hola, ¿tenéis la talla 38?",
  "Sí, nos quedan tres.",
  "¿Hacéis envíos a Canarias?",
  "¡Mil gracias! 🙌",
  "Mañana paso por la tienda.",
  "¿Aceptáis tarjeta?",
  "Bom dia! Ainda tem pão de fermentação natural?",
  "Temos sim, acabou de sair do forno 🥖",
  "Quanto fica para amanhã?",
  "Obrigada!",
  "Guten Morgen, ist meine Bestellung schon unterwegs?",
  "Ja, sie kommt morgen zwischen zehn und zwölf.",
  "Wunderbar, danke schön",
  "Könnten Sie bitte die Rechnung schicken?",
  "مرحبا، هل الطلب جاهز؟",
  "نعم، يمكنك استلامه اليوم.",
  "שלום, יש לכם את זה במידה גדולה יותר?",
  "כן, מחר בבוקר יהיה אצלנו",
  "नमस्ते, क्या आज डिलीवरी हो सकती है?",
  "जी हाँ, शाम छह बजे तक।",
  "请问还有货吗?",
  "有的,今天可以发货。",
  "こんにちは、在庫はありますか?",
  "Run `make check` and tell me what it says",
  "- two loaves\n- one rye\n- six rolls",
  "> the one with the lid\nexactly that one",
  "1. choose\n2. pay\n3. enjoy",
};
static const char *const long_parts[] = {
  "I ordered on Monday evening and the page said that it would leave the next day.",
  "Since then the status has not changed.",
  "I do not mind waiting, but it is a present and the birthday is on Saturday.",
  "Could you check whether it has been handed over?",
  "If it cannot arrive in time I would rather come by and pick it up myself.",
  "Por cierto, la dirección ha cambiado: ahora es calle Mayor 14, segundo izquierda.",
  "Am besten klingeln Sie beim Nachbarn, falls niemand öffnet.",
  "The last time everything went very well, so I am sure there is a good reason.",
};

typedef struct
{
  gint64 at;
  guint32 conversation;
  guint32 part; /* of its conversation: 0 is the oldest */
} Moment;

typedef struct
{
  LobbyDatabase *database;
  GRand *rand;
  const LobbySeedOptions *options;
  gint64 now;
  guint *counts; /* messages of each conversation */
  guint *left;
  guint serial;
} Seed;

char *
lobby_store_seed_conversation_id (guint n)
{
  return g_strdup_printf ("seed-conversation-%06u", n);
}

static guint
pick (Seed *seed, guint n)
{
  return g_rand_int_range (seed->rand, 0, n);
}

static gboolean
chance (Seed *seed, double probability)
{
  return g_rand_double (seed->rand) < probability;
}

/* Zipf: the n-th conversation has 1/n of the first one's messages; what rounding leaves goes to the first ones. */
static void
share_out (Seed *seed)
{
  const guint n = seed->options->n_conversations;
  double sum = 0;
  guint given = 0;

  seed->counts = g_new0 (guint, n);
  for (guint i = 0; i < n; i++)
    sum += 1.0 / (i + 1);
  for (guint i = 0; i < n; i++)
    {
      seed->counts[i] = seed->options->n_messages / sum / (i + 1);
      given += seed->counts[i];
    }
  for (guint i = 0; given < seed->options->n_messages; i = (i + 1) % n, given++)
    seed->counts[i]++;
}

/* Sittings: a few messages within minutes, then hours or days. The moments are scaled into the days there are. */
static void
make_moments (Seed *seed, guint conversation, GArray *moments)
{
  const guint n = seed->counts[conversation];
  const guint first = moments->len;
  const gint64 last_at = seed->now - (gint64)(g_rand_double (seed->rand) * 3 * DAY) - conversation * MINUTE;
  const gint64 span = MIN ((gint64)seed->options->days, 2 + (gint64)n / 12) * DAY;
  gint64 at = 0, length;

  for (guint i = 0; i < n; i++)
    {
      Moment moment = { at, conversation, i };

      g_array_append_val (moments, moment);
      at += chance (seed, 0.1) ? pick (seed, 1440) * MINUTE : chance (seed, 0.35) ? pick (seed, 1200) * 1000
                                                                                  : pick (seed, 90) * 1000;
    }
  length = MAX (1, n > 0 ? g_array_index (moments, Moment, moments->len - 1).at : 1);
  for (guint i = first; i < moments->len; i++)
    {
      Moment *moment = &g_array_index (moments, Moment, i);

      if (length > span)
        moment->at = (gint64)((double)moment->at / length * span);
      moment->at = (last_at - MIN (length, span) + moment->at) / 1000 * 1000;
    }
}

static int
compare_moments (gconstpointer a, gconstpointer b)
{
  const Moment *first = a;
  const Moment *second = b;

  if (first->at != second->at)
    return first->at < second->at ? -1 : 1;
  if (first->conversation != second->conversation)
    return first->conversation < second->conversation ? -1 : 1;
  return first->part < second->part ? -1 : 1;
}

static char *
make_text (Seed *seed)
{
  g_autoptr (GString) text = NULL;

  if (!chance (seed, 0.08))
    return g_strdup (phrases[pick (seed, G_N_ELEMENTS (phrases))]);
  text = g_string_new (NULL);
  for (guint i = pick (seed, 7) + 1; i > 0; i--)
    g_string_append_printf (text, "%s%s", text->len > 0 ? chance (seed, 0.2) ? "\n" : " " : "", long_parts[pick (seed, G_N_ELEMENTS (long_parts))]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
make_file (Seed *seed, LobbyMessageRecord *record)
{
  static const int sizes[][2] = { { 1600, 1200 }, { 1200, 1600 }, { 1080, 1080 }, { 1920, 1080 }, { 720, 1280 } };
  const int *size = sizes[pick (seed, G_N_ELEMENTS (sizes))];
  static const LobbyModelType types[] = { LOBBY_MODEL_IMAGE, LOBBY_MODEL_IMAGE, LOBBY_MODEL_IMAGE, LOBBY_MODEL_IMAGE, LOBBY_MODEL_VOICE, LOBBY_MODEL_VOICE,
                                          LOBBY_MODEL_DOCUMENT, LOBBY_MODEL_DOCUMENT, LOBBY_MODEL_STICKER, LOBBY_MODEL_LOCATION, LOBBY_MODEL_VIDEO,
                                          LOBBY_MODEL_AUDIO, LOBBY_MODEL_CONTACTS, LOBBY_MODEL_UNSUPPORTED };
  g_autoptr (GString) waveform = NULL;

  record->type = types[pick (seed, G_N_ELEMENTS (types))];
  record->content = g_strdup ("");
  switch ((int)record->type)
    {
    case LOBBY_MODEL_IMAGE:
    case LOBBY_MODEL_VIDEO:
      record->width = size[0];
      record->height = size[1];
      record->mime_type = g_strdup (record->type == LOBBY_MODEL_IMAGE ? "image/jpeg" : "video/mp4");
      record->duration = record->type == LOBBY_MODEL_VIDEO ? 4000 + pick (seed, 60000) : 0;
      if (chance (seed, 0.4))
        g_set_str (&record->content, phrases[pick (seed, 20)]);
      break;
    case LOBBY_MODEL_STICKER:
      record->width = record->height = 512;
      record->mime_type = g_strdup ("image/webp");
      break;
    case LOBBY_MODEL_VOICE:
    case LOBBY_MODEL_AUDIO:
      record->duration = 1000 + pick (seed, 58000);
      record->mime_type = g_strdup ("audio/ogg; codecs=opus");
      waveform = g_string_new (NULL);
      for (guint i = 0; i < 48; i++)
        g_string_append_printf (waveform, "%02x", 5 + pick (seed, 90));
      if (record->type == LOBBY_MODEL_VOICE)
        record->waveform = g_strdup (waveform->str);
      else
        record->file_name = g_strdup ("recording.ogg");
      break;
    case LOBBY_MODEL_DOCUMENT:
      record->mime_type = g_strdup ("application/pdf");
      record->file_name = g_strdup_printf ("Invoice 2026-%04u.pdf", pick (seed, 10000));
      break;
    case LOBBY_MODEL_LOCATION:
      record->extra = g_strdup ("{\"location\":{\"latitude\":40.4168,\"longitude\":-3.7038,\"name\":\"Puerta del Sol\",\"address\":\"28013 Madrid, Spain\"}}");
      return;
    case LOBBY_MODEL_CONTACTS:
      record->extra = g_strdup ("{\"contacts\":[{\"name\":{\"formatted_name\":\"Marta Gil\"},\"phones\":[{\"phone\":\"+34 600 111 222\",\"type\":\"CELL\"}]}]}");
      return;
    default:
      record->extra = g_strdup ("{\"unsupported\":{\"type\":\"poll\",\"title\":\"Message type is not supported\"}}");
      return;
    }
  record->file_size = 20000 + pick (seed, 3000000);
  record->media_state = chance (seed, 0.01) ? LOBBY_MEDIA_FAILED : LOBBY_MEDIA_READY;
  record->media_url = g_strdup_printf ("/api/media/seed-%u", seed->serial);
}

static void
make_status (Seed *seed, LobbyMessageRecord *record, gboolean near_the_end)
{
  const guint kind = pick (seed, 100);

  record->sent_time = record->sent_at + 400;
  record->status = LOBBY_MODEL_STATUS_READ;
  record->delivered_time = record->sent_at + 1200;
  record->read_time = record->sent_at + 60000;
  if (near_the_end && kind < 30)
    {
      record->status = kind < 12 ? LOBBY_MODEL_STATUS_SENT : LOBBY_MODEL_STATUS_DELIVERED;
      record->delivered_time = kind < 12 ? 0 : record->delivered_time;
      record->read_time = 0;
    }
  else if (kind >= 99)
    {
      record->status = LOBBY_MODEL_STATUS_FAILED;
      record->delivered_time = record->read_time = 0;
      record->failed_time = record->sent_at + 800;
      record->error_code = 131047;
      record->error_text = g_strdup ("More than 24 hours have passed since the customer last replied");
    }
  else if (record->type == LOBBY_MODEL_VOICE && kind < 60)
    {
      record->status = LOBBY_MODEL_STATUS_PLAYED;
      record->played_time = record->read_time + 5000;
    }
}

static LobbyMessageRecord *
make_message (Seed *seed, const Moment *moment)
{
  LobbyMessageRecord *record = lobby_message_record_new ();
  const gboolean near_the_end = seed->counts[moment->conversation] - moment->part < 12;

  record->id = g_strdup_printf ("01%010" G_GINT64_MODIFIER "XS%013u", moment->at, seed->serial);
  record->sent_at = moment->at;
  record->outbound = moment->part > 0 && chance (seed, 0.45);
  if (chance (seed, 0.14))
    make_file (seed, record);
  else
    record->content = make_text (seed);
  if (record->outbound)
    {
      record->agent_id = g_strdup (chance (seed, 0.8) ? "agent-ana" : "agent-ben");
      record->client_id = g_strdup_printf ("seed-client-%u", seed->serial);
      make_status (seed, record, near_the_end);
    }
  if (record->type == LOBBY_MODEL_TEXT && chance (seed, 0.05))
    {
      record->quoted_text = g_strdup (phrases[pick (seed, G_N_ELEMENTS (phrases))]);
      record->quoted_outbound = chance (seed, 0.5);
    }
  return record;
}

static gboolean
put_message (Seed *seed, const Moment *moment, const LobbyMessageRecord *r, GError **error)
{
  return lobby_database_run (seed->database, error,
                             "INSERT INTO messages (row, id, client_id, conversation, outbound, type, content, agent_id, status, sent_at, media_state, media_url, "
                             "mime_type, file_name, file_size, width, height, duration, waveform, quoted_text, quoted_outbound, sent_time, delivered_time, "
                             "read_time, played_time, failed_time, error_code, error_text, extra) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             "lssliissilisssliiissillllliss",
                             (gint64)seed->serial, r->id, r->client_id, (gint64)moment->conversation + 1, (int)r->outbound, (int)r->type, r->content ? r->content : "",
                             r->agent_id, (int)r->status, r->sent_at, (int)r->media_state, r->media_url, r->mime_type, r->file_name, r->file_size,
                             r->width, r->height, r->duration, r->waveform, r->quoted_text, (int)r->quoted_outbound, r->sent_time, r->delivered_time,
                             r->read_time, r->played_time, r->failed_time, r->error_code, r->error_text, r->extra);
}

static gboolean
put_messages (Seed *seed, GArray *moments, GError **error)
{
  static const char *const emoji[] = { "👍", "❤️", "😂", "🙏", "😮" };

  for (guint i = 0; i < moments->len; i++)
    {
      const Moment *moment = &g_array_index (moments, Moment, i);
      g_autoptr (LobbyMessageRecord) record = NULL;

      seed->serial++;
      record = make_message (seed, moment);
      if (!put_message (seed, moment, record, error))
        return FALSE;
      if (chance (seed, 0.02)
          && !lobby_database_run (seed->database, error, "INSERT INTO reactions (target, outbound, emoji, sent_at, id) VALUES (?, ?, ?, ?, '')",
                                  "sisl", record->id, (int)!record->outbound, emoji[pick (seed, G_N_ELEMENTS (emoji))], record->sent_at + 30000))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_conversations (Seed *seed, GError **error)
{
  for (guint i = 0; i < seed->options->n_conversations; i++)
    {
      g_autofree char *id = lobby_store_seed_conversation_id (i);
      g_autofree char *contact_id = g_strdup_printf ("seed-contact-%06u", i);
      g_autofree char *name = g_strdup_printf ("%s %s", first_names[pick (seed, G_N_ELEMENTS (first_names))], last_names[pick (seed, G_N_ELEMENTS (last_names))]);
      g_autofree char *number = g_strdup_printf ("+346%08u", pick (seed, 100000000));
      g_autofree char *plain = g_utf8_casefold (name, -1);
      g_autofree char *folded = g_strconcat (plain, " ", number, NULL);
      const gboolean nameless = chance (seed, 0.1);

      if (!lobby_database_run (seed->database, error,
                               "INSERT INTO contacts (row, id, business_id, name, phone_number, about, created_at, folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                               "lsssssls", (gint64)i + 1, contact_id, LOBBY_SEED_BUSINESS, nameless ? NULL : name, number, "Hey there!",
                               seed->now - 300 * DAY, folded)
          || !lobby_database_run (seed->database, error,
                                  "INSERT INTO conversations (row, id, business_id, contact_id, connection_id, seq, gap, whole) VALUES (?, ?, ?, ?, 'seed-number', 1, 0, 1)",
                                  "lsss", (gint64)i + 1, id, LOBBY_SEED_BUSINESS, contact_id))
        return FALSE;
    }
  return TRUE;
}

/* What follows from the messages, in one go. */
static gboolean
finish (Seed *seed, GError **error)
{
  return lobby_database_exec (seed->database,
                              "UPDATE conversations SET last_message = (SELECT row FROM messages m WHERE m.shown = 1 AND m.conversation = conversations.row "
                              "ORDER BY sent_at DESC, id DESC LIMIT 1);"
                              "UPDATE conversations SET last_activity_at = coalesce ((SELECT sent_at FROM messages WHERE row = last_message), 0);"
                              "UPDATE conversations SET window_expires_at = last_activity_at + 86400000;"
                              "UPDATE conversations SET message_count_in = (SELECT count(*) FROM messages m WHERE m.shown = 1 AND m.conversation = conversations.row AND NOT outbound),"
                              "message_count_out = (SELECT count(*) FROM messages m WHERE m.shown = 1 AND m.conversation = conversations.row AND outbound);"
                              "UPDATE conversations SET unread_count = min (message_count_in, row % 7) WHERE row % 3 = 0 "
                              "AND (SELECT outbound FROM messages WHERE row = last_message) = 0;"
                              "INSERT INTO drafts (conversation, text) SELECT row, 'I will ask and' FROM conversations WHERE row % 17 = 4;"
                              "INSERT INTO sync (business_id, seq) VALUES ('" LOBBY_SEED_BUSINESS "', 1);"
                              "INSERT INTO message_text (message_text) VALUES ('rebuild');",
                              error);
}

/* Building the indexes afterwards is sorting; keeping them while rows come in is seeking. */
static gboolean
take_indexes_away (Seed *seed, GString *sql_to_make_them, GError **error)
{
  g_autoptr (GString) drop = g_string_new (NULL);
  g_autoptr (LobbyStatement) statement = lobby_database_query (seed->database, error,
                                                               "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'messages' AND sql NOT NULL", NULL);

  while (statement != NULL && lobby_statement_step (statement, error))
    {
      g_string_append_printf (drop, "DROP INDEX %s;", lobby_statement_text (statement, 0));
      g_string_append_printf (sql_to_make_them, "%s;", lobby_statement_text (statement, 1));
    }
  g_clear_pointer (&statement, lobby_statement_free);
  return sql_to_make_them->len > 0 && lobby_database_exec (seed->database, drop->str, error);
}

static gboolean
fill (Seed *seed, GError **error)
{
  g_autoptr (GArray) moments = g_array_sized_new (FALSE, FALSE, sizeof (Moment), seed->options->n_messages);
  g_autoptr (LobbyTransaction) transaction = NULL;
  g_autoptr (GString) indexes = g_string_new (NULL);

  share_out (seed);
  for (guint i = 0; i < seed->options->n_conversations; i++)
    make_moments (seed, i, moments);
  qsort (moments->data, moments->len, sizeof (Moment), compare_moments);

  /* A file that is being made is thrown away after a crash: no journal. */
  if (!lobby_database_exec (seed->database, "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA cache_size=-262144", error)
      || !take_indexes_away (seed, indexes, error))
    return FALSE;
  transaction = lobby_transaction_begin (seed->database, error);
  return transaction != NULL && put_conversations (seed, error) && put_messages (seed, moments, error)
         && lobby_database_exec (seed->database, indexes->str, error) && finish (seed, error)
         && lobby_transaction_commit (&transaction, error)
         && lobby_database_exec (seed->database, "PRAGMA journal_mode=WAL; ANALYZE", error);
}

gboolean
lobby_store_seed (const char *path, const LobbySeedOptions *options, GError **error)
{
  g_autoptr (LobbyStore) store = NULL;
  Seed seed = { .options = options };
  gboolean filled;

  g_return_val_if_fail (options->n_conversations > 0, FALSE);

  store = lobby_store_open (path, error);
  if (store == NULL)
    return FALSE;
  lobby_store_close (store);

  seed.now = options->now ? options->now : lobby_clock_now ();
  seed.rand = g_rand_new_with_seed (options->seed);
  seed.database = lobby_database_open (path, LOBBY_DATABASE_DEFAULT, error);
  filled = seed.database != NULL && fill (&seed, error);
  g_clear_object (&seed.database);
  g_rand_free (seed.rand);
  g_free (seed.counts);
  return filled;
}
