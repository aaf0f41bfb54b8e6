-- Who has the phone of a reception, or an e-mail of many, and a certain name: found without a look at all who have it.
DROP INDEX client_search_email;
DROP INDEX client_search_phone;
CREATE INDEX client_search_email ON client_search(email_key, last_first) WHERE email_key IS NOT NULL;
CREATE INDEX client_search_phone ON client_search(phone_key, last_first) WHERE phone_key IS NOT NULL;
