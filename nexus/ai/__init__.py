"""Language models behind one promise. Nothing above this floor knows whose model it is."""
