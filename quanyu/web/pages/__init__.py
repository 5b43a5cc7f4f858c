"""The front door's pages: thin views; what they show is put together in the modules beside this folder."""
